#!/usr/bin/env python3
"""Records what Keras computes for layers on images with one to three axes of space:
record_image_layers.py [FOLDER [PREFIX …]]

Writes into FOLDER (tests/recorded by default) layers/NAME/, as record_layers.py does. Run
record_keras.py first: it removes every layer's folder.
"""
import sys

import record_layers as base
from keras import layers as L

case = base.case
STEPS, IMAGE, VOLUME = (2, 9, 3), (2, 5, 6, 3), (1, 4, 5, 4, 2)
FIRST = {1: (2, 3, 9), 2: (2, 3, 5, 6), 3: (1, 2, 4, 5, 4)}


def convolution_cases():
    case("conv1d", L.Conv1D(4, 3, activation="relu"), STEPS)
    case("conv1d_same_strides", L.Conv1D(4, 4, strides=2, padding="same"), STEPS)
    case("conv1d_causal_dilation", L.Conv1D(4, 3, padding="causal", dilation_rate=2), STEPS)
    case("conv1d_groups_no_bias", L.Conv1D(6, 2, groups=3, use_bias=False), STEPS)
    case("conv3d", L.Conv3D(3, (2, 3, 2), strides=(1, 2, 1), activation="tanh"), VOLUME)
    case("conv3d_same_dilation", L.Conv3D(2, 2, padding="same", dilation_rate=(1, 2, 1)), VOLUME)
    case("conv1d_transpose", L.Conv1DTranspose(4, 3, strides=2), STEPS)
    case("conv1d_transpose_same", L.Conv1DTranspose(2, 4, strides=2, padding="same", use_bias=False), STEPS)
    case("conv1d_transpose_output_padding", L.Conv1DTranspose(2, 3, strides=3, output_padding=1), (2, 4, 3))
    case("conv3d_transpose", L.Conv3DTranspose(2, 2, strides=(1, 2, 2)), (1, 2, 3, 2, 2))
    case("conv3d_transpose_same", L.Conv3DTranspose(2, 3, strides=2, padding="same"), (1, 2, 2, 3, 2))
    case("depthwise_conv1d", L.DepthwiseConv1D(3, depth_multiplier=2, activation="relu"), STEPS)
    case("depthwise_conv1d_same_strides", L.DepthwiseConv1D(4, strides=2, padding="same"), STEPS)
    case("depthwise_conv2d", L.DepthwiseConv2D(3, padding="same"), IMAGE)
    case("depthwise_conv2d_multiplier", L.DepthwiseConv2D((2, 3), strides=(2, 2), depth_multiplier=3, use_bias=False),
         IMAGE)
    case("depthwise_conv2d_dilation", L.DepthwiseConv2D(2, dilation_rate=(2, 2)), IMAGE)
    case("separable_conv1d", L.SeparableConv1D(4, 3, depth_multiplier=2, activation="relu"), STEPS)
    case("separable_conv1d_same_strides", L.SeparableConv1D(5, 4, strides=2, padding="same", use_bias=False), STEPS)
    case("separable_conv2d", L.SeparableConv2D(4, (3, 2), depth_multiplier=2, padding="same"), IMAGE)
    case("separable_conv2d_dilation", L.SeparableConv2D(2, 2, dilation_rate=(1, 2)), IMAGE)


def pooling_cases():
    for name, kind in (("max", (L.MaxPooling1D, L.MaxPooling3D)),
                       ("average", (L.AveragePooling1D, L.AveragePooling3D))):
        case(f"{name}_pooling1d", kind[0](2), STEPS)
        case(f"{name}_pooling1d_overlapping_same", kind[0](3, strides=2, padding="same"), STEPS)
        case(f"{name}_pooling1d_channels_first", kind[0](2, data_format="channels_first"), FIRST[1])
        case(f"{name}_pooling3d", kind[1]((2, 2, 3)), VOLUME)
        case(f"{name}_pooling3d_overlapping_same", kind[1](2, strides=(1, 2, 1), padding="same"), VOLUME)
        case(f"{name}_pooling3d_channels_first", kind[1](2, data_format="channels_first"), FIRST[3])
    for dims, shape in ((1, STEPS), (2, IMAGE), (3, VOLUME)):
        for name in ("Max", "Average"):
            whole, adaptive = (getattr(L, f"{kind}{name}Pooling{dims}D") for kind in ("Global", "Adaptive"))
            case(f"global_{name.lower()}_pooling{dims}d", whole(), shape)
            case(f"global_{name.lower()}_pooling{dims}d_keepdims_first",
                 whole(keepdims=True, data_format="channels_first"), FIRST[dims])
            case(f"adaptive_{name.lower()}_pooling{dims}d", adaptive((4, 3, 2)[:dims]), shape)
            case(f"adaptive_{name.lower()}_pooling{dims}d_first",
                 adaptive((3, 4, 2)[:dims], data_format="channels_first"), FIRST[dims])
    case("global_average_pooling1d_mask", L.GlobalAveragePooling1D(), (3, 4, 2), masks=(base.RAGGED,))
    case("global_average_pooling1d_mask_keepdims", L.GlobalAveragePooling1D(keepdims=True), (3, 4, 2),
         masks=(base.RAGGED,))


def size_cases():
    case("zero_padding1d", L.ZeroPadding1D((1, 2)), STEPS)
    case("zero_padding2d", L.ZeroPadding2D(((1, 0), (2, 3))), IMAGE)
    case("zero_padding2d_first", L.ZeroPadding2D((2, 1), data_format="channels_first"), FIRST[2])
    case("zero_padding3d", L.ZeroPadding3D(((1, 0), (0, 2), (1, 1))), VOLUME)
    case("cropping1d", L.Cropping1D((1, 2)), STEPS)
    case("cropping2d", L.Cropping2D(((1, 0), (2, 3))), IMAGE)
    case("cropping2d_first", L.Cropping2D((2, 1), data_format="channels_first"), FIRST[2])
    case("cropping3d", L.Cropping3D(((1, 0), (0, 2), (1, 1))), VOLUME)
    case("up_sampling1d", L.UpSampling1D(3), STEPS)
    case("up_sampling3d", L.UpSampling3D((2, 1, 2)), (1, 2, 3, 2, 2))
    case("up_sampling3d_first", L.UpSampling3D(2, data_format="channels_first"), (1, 2, 2, 1, 2))
    case("up_sampling2d_bicubic", L.UpSampling2D(2, interpolation="bicubic"), (1, 3, 4, 2))
    case("up_sampling2d_bicubic_first", L.UpSampling2D((4, 2), interpolation="bicubic", data_format="channels_first"),
         (1, 2, 3, 2))
    case("resizing_crop", L.Resizing(4, 3, crop_to_aspect_ratio=True), (2, 5, 8, 2))
    case("resizing_pad", L.Resizing(3, 5, pad_to_aspect_ratio=True, fill_value=0.5), (2, 6, 4, 2))
    case("resizing_first", L.Resizing(7, 4, data_format="channels_first"), FIRST[2])
    case("resizing_nearest", L.Resizing(4, 7, interpolation="nearest"), IMAGE)
    case("resizing_bicubic", L.Resizing(10, 3, interpolation="bicubic"), IMAGE)
    case("resizing_one_image", L.Resizing(3, 4), (5, 6, 3))
    case("center_crop", L.CenterCrop(3, 2), IMAGE)
    case("center_crop_small", L.CenterCrop(8, 4), IMAGE)
    case("center_crop_first", L.CenterCrop(4, 4, data_format="channels_first"), FIRST[2])


def main():
    for family in (convolution_cases, pooling_cases, size_cases):
        family()
    base.record_all(sys.argv[2:])


if __name__ == "__main__":
    main()
