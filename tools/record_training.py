#!/usr/bin/env python3
"""Records Keras's losses, optimizers and metrics for mica's tests: record_training.py [FOLDER]

Writes losses.json, optimizers.json and metrics.json into FOLDER (tests/recorded by default): cases
with their numbers inside, as record_keras.py writes the rest. Metrics that Keras has not come from
scikit-learn.
"""
import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import tensorflow as tf
from record_keras import MADE_WITH, numbers, random_of, write_json


# ---------------------------------------------------------------- losses

def more_losses(case, softmax):
    K, random = keras.losses, random_of("more losses")
    real = random.normal(size=(2, 6, 4)).astype(np.float32)
    positive = np.abs(random.normal(size=(2, 6, 4))).astype(np.float32)
    soft = softmax(random.normal(size=(2, 6, 4)))
    classes = np.array([0, 3, 1, 1, 2, 0], np.int32)
    one_hot = np.eye(4, dtype=np.float32)[classes]
    binary = (random.random((6, 4)) > 0.5).astype(np.float32)
    sigmoid = random.random((6, 4)).astype(np.float32)
    weight = np.array([0.5, 2, 0, 1, 1.5, 0.25], np.float32)
    mask = np.array([1, 0, 1, 1, 0, 1], bool)
    for name, loss, y, p in (
            ("mean_absolute_error", K.MeanAbsoluteError, real[0], real[1]),
            ("mean_absolute_percentage_error", K.MeanAbsolutePercentageError, real[0], real[1]),
            ("mean_squared_logarithmic_error", K.MeanSquaredLogarithmicError, positive[0], positive[1]),
            ("huber", K.Huber, real[0], real[1] * 2),
            ("log_cosh", K.LogCosh, real[0], real[1] * 5),
            ("cosine_similarity", K.CosineSimilarity, real[0], real[1]),
            ("poisson", K.Poisson, positive[0], positive[1]),
            ("kl_divergence", K.KLDivergence, soft[0], soft[1]),
            ("hinge", K.Hinge, binary * 2 - 1, real[0]),
            ("squared_hinge", K.SquaredHinge, binary * 2 - 1, real[0]),
            ("categorical_hinge", K.CategoricalHinge, one_hot, real[0]),
            ("binary_focal_crossentropy", K.BinaryFocalCrossentropy, binary, sigmoid),
            ("categorical_focal_crossentropy", K.CategoricalFocalCrossentropy, one_hot, soft[0]),
            ("categorical_generalized_cross_entropy", K.CategoricalGeneralizedCrossEntropy, classes, soft[0])):
        case(name, loss(), y, p)
        case(name + "_sample_weight", loss(), y, p, weight)
        case(name + "_mask", loss(), y, p, None, mask)
        case(name + "_none", loss(reduction="none"), y, p, weight)
    for reduction in ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"):
        for tail, w, m in (("", None, None), ("_sample_weight", weight, None), ("_mask", None, mask),
                           ("_both", weight, mask)):
            case(f"mae_{reduction}{tail}", K.MeanAbsoluteError(reduction=reduction), real[0], real[1], w, m)
    case("huber_delta", K.Huber(delta=0.4), real[0], real[1], delta=0.4)
    case("cosine_similarity_axis_0", K.CosineSimilarity(axis=0), real[0], real[1], axis=0)
    case("cosine_similarity_zero", K.CosineSimilarity(), real[0], real[1] + 1e-3, weight)
    case("mean_squared_logarithmic_error_negative", K.MeanSquaredLogarithmicError(), real[0], real[1])
    case("mean_absolute_percentage_error_zero", K.MeanAbsolutePercentageError(), np.zeros((2, 2), np.float32),
         np.full((2, 2), 1e-6, np.float32))
    case("hinge_binary_targets", K.Hinge(), binary, real[0])
    case("squared_hinge_binary_targets", K.SquaredHinge(), binary, real[0])
    case("hinge_mixed_targets", K.Hinge(), real[1], real[0])
    case("kl_divergence_zeros", K.KLDivergence(), one_hot, soft[0])
    focal = K.BinaryFocalCrossentropy
    case("binary_focal_crossentropy_balanced", focal(apply_class_balancing=True, alpha=0.7, gamma=1.5), binary, sigmoid)
    case("binary_focal_crossentropy_logits", focal(from_logits=True, label_smoothing=0.1), binary, real[0] * 2)
    focal = K.CategoricalFocalCrossentropy
    case("categorical_focal_crossentropy_logits", focal(from_logits=True, gamma=3.0, alpha=0.5), one_hot, real[0])
    case("categorical_focal_crossentropy_smoothing", focal(label_smoothing=0.2), one_hot, soft[1])
    case("categorical_generalized_cross_entropy_q", K.CategoricalGeneralizedCrossEntropy(q=0.9), classes, soft[0])
    image = random.random((2, 3, 4, 2)).astype(np.float32)
    is_it = (random.random((2, 3, 4, 2)) > 0.4).astype(np.float32)
    for name, loss in (("dice", K.Dice), ("tversky", K.Tversky)):
        case(name, loss(), is_it, image)
        case(name + "_axes", loss(axis=(1, 2, 3)), is_it, image, np.array([2, 0.5], np.float32))
        case(name + "_axis", loss(axis=-1, reduction="none"), is_it, image)
    case("tversky_options", K.Tversky(alpha=0.3, beta=0.8), is_it, image)
    vectors = real[0] / np.linalg.norm(real[0], axis=1, keepdims=True)
    case("circle", K.Circle(), classes, vectors)
    case("circle_options", K.Circle(gamma=4.0, margin=0.25), classes, vectors)
    case("circle_with_diagonal", K.Circle(gamma=4.0, remove_diagonal=False), classes, vectors, weight)
    case("circle_none", K.Circle(gamma=4.0, reduction="none"), classes, vectors)
    labels = np.array([[1, 2, 0], [3, 3, 1], [2, 0, 0], [0, 0, 0]], np.int32)
    logits = (random.normal(size=(4, 7, 4)) * 2).astype(np.float32)
    case("ctc", K.CTC(), labels, logits)
    case("ctc_none", K.CTC(reduction="none"), labels, logits, np.array([1, 0.5, 2, 1], np.float32))
    case("ctc_just_fits", K.CTC(), labels[1:2], logits[:1, :4])


def record_losses():
    random = random_of("losses")
    K = keras.losses
    cases = []

    def case(name, loss, y, p, weight=None, mask=None, **left_out):
        """left_out: options that Keras forgets in its config."""
        tensor = tf.constant(np.asarray(p, np.float32))
        if mask is not None:
            tensor._keras_mask = tf.constant(mask)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            value = loss(y, tensor, sample_weight=weight)
        config = keras.saving.serialize_keras_object(loss)
        cases.append({"name": name, "class_name": config["class_name"], "config": {**config["config"], **left_out},
                      "y_true": numbers(y), "y_pred": numbers(p),
                      "sample_weight": None if weight is None else numbers(weight),
                      "mask": None if mask is None else numbers(mask),
                      "value": numbers(value), "gradient": numbers(tape.gradient(value, tensor))})

    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return (e / e.sum(-1, keepdims=True)).astype(np.float32)

    real = random.normal(size=(2, 5, 3)).astype(np.float32)
    logits = (random.normal(size=(5, 4)) * 2).astype(np.float32)
    classes = np.array([0, 3, 1, 1, 2], np.int32)
    one_hot = np.eye(4, dtype=np.float32)[classes]
    soft = softmax(random.normal(size=(5, 4)))
    wide = (random.normal(size=(5, 3)) * 3).astype(np.float32)
    zero_one = (random.random((5, 3)) > 0.5).astype(np.float32)
    sigmoid = (1 / (1 + np.exp(-wide))).astype(np.float32)
    weight = np.array([0.5, 2, 0, 1, 1.5], np.float32)
    class_weight = np.array([1, 0.25, 2, 4], np.float32)

    case("mse", K.MeanSquaredError(), real[0], real[1])
    case("mse_sample_weight", K.MeanSquaredError(), real[0], real[1], weight)
    case("mse_sum", K.MeanSquaredError(reduction="sum"), real[0], real[1])
    case("mse_none", K.MeanSquaredError(reduction="none"), real[0], real[1], weight)
    case("mse_rank_3", K.MeanSquaredError(), real[:, :, None], real[::-1, :, None])
    for logit in (False, True):
        tail, p = ("_logits", wide) if logit else ("", sigmoid)
        case("bce" + tail, K.BinaryCrossentropy(from_logits=logit), zero_one, p)
        case("bce_label_smoothing" + tail, K.BinaryCrossentropy(from_logits=logit, label_smoothing=0.2), zero_one, p)
        case("bce_sample_weight" + tail, K.BinaryCrossentropy(from_logits=logit), zero_one, p, weight)
        tail, p = ("_logits", logits) if logit else ("", softmax(logits))
        case("cce" + tail, K.CategoricalCrossentropy(from_logits=logit), one_hot, p)
        case("cce_soft_labels" + tail, K.CategoricalCrossentropy(from_logits=logit), soft, p)
        case("cce_label_smoothing" + tail, K.CategoricalCrossentropy(from_logits=logit, label_smoothing=0.1),
             one_hot, p)
        case("cce_sample_weight" + tail, K.CategoricalCrossentropy(from_logits=logit), one_hot, p, weight)
        case("scce" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p)
        case("scce_column" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes[:, None], p)
        case("scce_sample_weight" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p, weight)
        case("scce_class_weight" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p,
             class_weight[classes])
    sure = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    case("bce_certain", K.BinaryCrossentropy(), zero_one, np.round(sigmoid))
    case("bce_large_logits", K.BinaryCrossentropy(from_logits=True), zero_one, wide * 40)
    case("cce_certain", K.CategoricalCrossentropy(), one_hot, sure)
    case("cce_unnormalised", K.CategoricalCrossentropy(), one_hot, softmax(logits) * np.float32(1.7))
    case("scce_certain", K.SparseCategoricalCrossentropy(), classes, sure)
    case("scce_unnormalised", K.SparseCategoricalCrossentropy(), classes, softmax(logits) * np.float32(1.7))
    case("scce_large_logits", K.SparseCategoricalCrossentropy(from_logits=True), classes, logits * 50)
    case("scce_images", K.SparseCategoricalCrossentropy(), classes[:4].reshape(1, 2, 2),
         softmax(logits[:4]).reshape(1, 2, 2, 4))
    more_losses(case, softmax)
    write_json("losses.json", {"made_with": MADE_WITH, "cases": cases})


# ---------------------------------------------------------------- optimizers

def optimizer_case(name, optimizer, start, gradients, recorded):
    """The weights after each of the recorded steps, null after the others."""
    variables = [keras.Variable(w, name=f"w{i}") for i, w in enumerate(start)]
    optimizer.build(variables)
    history = []
    for i, step in enumerate(gradients):
        optimizer.apply([tf.constant(g) for g in step], variables)
        history.append([numbers(v) for v in variables] if i in recorded else None)
    config = keras.saving.serialize_keras_object(optimizer)
    return {"name": name, "class_name": config["class_name"], "config": config["config"], "weights": history}


def slots_of(optimizer):
    return [{"name": v.path.split("/", 1)[-1], **numbers(v)} for v in optimizer.variables
            if v.name not in ("iteration", "learning_rate")]


class ScheduleFreeAdamW(keras.optimizers.ScheduleFreeAdamW):
    """Keras 3.15 reads the old z only after it changed it in place on TensorFlow; on JAX, and in the
    paper, it is that of before. So is it here: the new z is another variable."""
    def assign_sub(self, variable, value):
        variable._value = tf.Variable(variable._value - value)


def more_optimizers(O, S):
    excluded = O.AdamW(0.05, weight_decay=0.2)
    excluded.exclude_from_weight_decay(var_names=["w1"])
    return (
        ("adamw", O.AdamW(0.01)),
        ("adamw_amsgrad_decay", O.AdamW(0.05, weight_decay=0.1, amsgrad=True, beta_2=0.6)),
        ("adamw_excluded_w1", excluded),
        ("rmsprop", O.RMSprop(0.01)),
        ("rmsprop_momentum", O.RMSprop(0.01, rho=0.8, momentum=0.9, epsilon=1e-5)),
        ("rmsprop_centered", O.RMSprop(0.01, centered=True)),
        ("rmsprop_centered_momentum", O.RMSprop(0.01, momentum=0.5, centered=True, weight_decay=0.1)),
        ("adadelta", O.Adadelta(1.0)),
        ("adadelta_options", O.Adadelta(0.5, rho=0.8, epsilon=1e-4, clipnorm=1.0)),
        ("adamax", O.Adamax(0.01)),
        ("adamax_options", O.Adamax(0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3)),
        ("nadam", O.Nadam(0.01)),
        ("nadam_options", O.Nadam(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
        ("nadam_accumulation", O.Nadam(0.02, gradient_accumulation_steps=3)),
        ("ftrl", O.Ftrl(0.1)),
        ("ftrl_regularized", O.Ftrl(0.1, l1_regularization_strength=0.02, l2_regularization_strength=0.03,
                                    l2_shrinkage_regularization_strength=0.01, beta=0.1)),
        ("ftrl_power", O.Ftrl(0.1, learning_rate_power=-0.3, initial_accumulator_value=0.5)),
        ("lion", O.Lion(0.01)),
        ("lion_options", O.Lion(0.02, beta_1=0.7, beta_2=0.9, weight_decay=0.05)),
        ("lamb", O.Lamb(0.01)),
        ("lamb_options", O.Lamb(0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3, weight_decay=0.1)),
        ("adafactor", O.Adafactor(0.1)),
        ("adafactor_options", O.Adafactor(0.05, beta_2_decay=-0.6, epsilon_1=1e-8, epsilon_2=0.1, clip_threshold=0.5,
                                          relative_step=False)),
        ("adafactor_schedule", O.Adafactor(S.ExponentialDecay(0.1, 5, 0.7))),
        ("muon", O.Muon(0.02)),
        ("muon_options", O.Muon(0.02, momentum=0.8, nesterov=False, ns_steps=3, adam_lr_ratio=0.5, rms_rate=None,
                                adam_weight_decay=None, weight_decay=0.1)),
        ("muon_excluded_layers", O.Muon(0.02, exclude_layers=["w0"])),
        ("schedule_free_adamw", ScheduleFreeAdamW(0.05)),
        ("schedule_free_adamw_options", ScheduleFreeAdamW(0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-4, warmup_steps=7,
                                                          weight_decay=0.1)),
        ("rmsprop_ema_overwrite", O.RMSprop(0.02, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=4)),
        ("lamb_global_clipnorm", O.Lamb(0.02, global_clipnorm=0.5)),
        ("adamax_loss_scale", O.Adamax(0.02, loss_scale_factor=16.0)))


def record_optimizers():
    O, S = keras.optimizers, keras.optimizers.schedules
    random, steps = random_of("optimizers"), 20
    start = [random.normal(size=s).astype(np.float32) for s in ((3, 2), (2,))]
    gradients = [[(random.normal(size=w.shape) * random.choice([0.01, 1, 3])).astype(np.float32) for w in start]
                 for _ in range(steps)]
    cases = []
    for name, optimizer in (
            ("sgd", O.SGD(0.05)),
            ("sgd_momentum", O.SGD(0.05, momentum=0.9)),
            ("sgd_nesterov", O.SGD(0.05, momentum=0.9, nesterov=True)),
            ("sgd_weight_decay", O.SGD(0.05, momentum=0.5, weight_decay=0.1)),
            ("sgd_clipvalue", O.SGD(0.05, clipvalue=0.5)),
            ("sgd_clipnorm", O.SGD(0.05, clipnorm=0.7)),
            ("sgd_global_clipnorm", O.SGD(0.05, global_clipnorm=0.7)),
            ("adam", O.Adam(0.01)),
            ("adam_betas", O.Adam(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
            ("adam_beta_1_zero", O.Adam(0.01, beta_1=0.0)),
            ("adam_amsgrad", O.Adam(0.05, beta_2=0.5, amsgrad=True)),
            ("adam_weight_decay", O.Adam(0.01, weight_decay=0.05)),
            ("adagrad", O.Adagrad(0.1)),
            ("adagrad_options", O.Adagrad(0.1, initial_accumulator_value=0.5, epsilon=1e-3)),
            ("sgd_ema", O.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.8)),
            ("adam_ema_overwrite", O.Adam(0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3)),
            ("adam_accumulation", O.Adam(0.05, gradient_accumulation_steps=4, clipvalue=1.0)),
            ("sgd_accumulation_decay_ema", O.SGD(0.05, momentum=0.5, gradient_accumulation_steps=3,
                                                 weight_decay=0.1, use_ema=True, ema_momentum=0.5)),
            ("sgd_loss_scale", O.SGD(0.05, loss_scale_factor=8.0)),
            ("sgd_exponential_decay", O.SGD(S.ExponentialDecay(0.1, 5, 0.7))),
            ("sgd_exponential_decay_staircase", O.SGD(S.ExponentialDecay(0.1, 5, 0.7, staircase=True))),
            ("sgd_polynomial_decay", O.SGD(S.PolynomialDecay(0.1, 12, 0.01, power=2.0))),
            ("sgd_polynomial_decay_cycle", O.SGD(S.PolynomialDecay(0.1, 7, 0.01, cycle=True))),
            ("sgd_inverse_time_decay", O.SGD(S.InverseTimeDecay(0.1, 3, 0.5))),
            ("adam_piecewise_constant_decay", O.Adam(S.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.01]))),
            ("sgd_cosine_decay", O.SGD(S.CosineDecay(0.1, 15, alpha=0.1))),
            ("sgd_cosine_decay_warmup", O.SGD(S.CosineDecay(0.01, 12, warmup_target=0.1, warmup_steps=5))),
            ("sgd_cosine_decay_restarts", O.SGD(S.CosineDecayRestarts(0.1, 4, t_mul=1.5, m_mul=0.8, alpha=0.1))),
            ("sgd_cosine_decay_restarts_equal", O.SGD(S.CosineDecayRestarts(0.1, 4, t_mul=1.0)))):
        cases.append({**optimizer_case(name, optimizer, start, gradients, range(steps)), "slots": slots_of(optimizer)})
    for name, optimizer in more_optimizers(O, S):
        cases.append(optimizer_case(name, optimizer, start, gradients, (0, 1, steps - 1)))
    write_json("optimizers.json", {"made_with": MADE_WITH, "start": [numbers(w) for w in start],
                                   "gradients": [[numbers(g) for g in step] for step in gradients],
                                   "cases": cases})


# ---------------------------------------------------------------- metrics

def more_metrics(M, case):
    for weighted in (False, True):
        tail = "_weighted" if weighted else ""
        for name in ("MeanAbsoluteError", "MeanAbsolutePercentageError", "RootMeanSquaredError", "CosineSimilarity",
                     "LogCoshError", "R2Score", "PearsonCorrelation", "ConcordanceCorrelation"):
            case(name + tail, getattr(M, name)(), "real", "guess", weighted)
        for name in ("MeanSquaredLogarithmicError", "Poisson", "KLDivergence"):
            case(name + tail, getattr(M, name)(), "positive", "share", weighted)
        for name in ("Hinge", "SquaredHinge"):
            case(name + tail, getattr(M, name)(), "labels", "guess", weighted)
        case("CategoricalHinge" + tail, M.CategoricalHinge(), "one_hot", "probabilities", weighted)
        case("Sum" + tail, Sum(), "real", "guess", weighted)
        for k in (1, 2, 3):
            case(f"top_{k}{tail}", M.TopKCategoricalAccuracy(k=k), "one_hot", "probabilities", weighted)
            case(f"sparse_top_{k}{tail}", M.SparseTopKCategoricalAccuracy(k=k), "classes", "probabilities", weighted)
        case("binary_crossentropy" + tail, M.BinaryCrossentropy(label_smoothing=0.1), "labels", "share", weighted)
        case("binary_crossentropy_logits" + tail, M.BinaryCrossentropy(from_logits=True), "labels", "guess", weighted)
        case("categorical_crossentropy" + tail, M.CategoricalCrossentropy(), "one_hot", "probabilities", weighted)
        case("sparse_categorical_crossentropy" + tail, M.SparseCategoricalCrossentropy(), "classes", "probabilities",
             weighted)
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"):
            case(name + tail, getattr(M, name)(), "binary", "scores", weighted)
            case(name + "_thresholds" + tail, getattr(M, name)(thresholds=[0.2, 0.7]), "labels", "share", weighted)
        for curve in ("ROC", "PR", "PRGAIN"):
            for method in ("interpolation", "majoring", "minoring"):
                case(f"auc_{curve}_{method}{tail}", M.AUC(curve=curve, summation_method=method, num_thresholds=50),
                     "labels", "share", weighted)
            case(f"auc_{curve}_multi_label{tail}", M.AUC(curve=curve, multi_label=True, num_labels=3), "labels", "share",
                 weighted)
        case("auc" + tail, M.AUC(), "binary", "scores", weighted)
        case("auc_thresholds" + tail, M.AUC(thresholds=[0.7, 0.1, 0.45]), "labels", "share", weighted)
        case("auc_logits" + tail, M.AUC(from_logits=True), "labels", "guess", weighted)
        for at in (0.3, 0.8):
            for name in ("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall",
                         "RecallAtPrecision"):
                case(f"{name}_{at}{tail}", getattr(M, name)(at), "labels", "share", weighted)
                case(f"{name}_{at}_few{tail}", getattr(M, name)(at, num_thresholds=11, class_id=1), "labels", "share",
                     weighted)
        for average in (None, "micro", "macro", "weighted"):
            case(f"fbeta_{average}{tail}", M.FBetaScore(average=average, beta=2.0), "one_hot", "probabilities", weighted)
    case("r2_all", M.R2Score(class_aggregation=None), "real", "guess")
    case("r2_variance_weighted", M.R2Score(class_aggregation="variance_weighted_average"), "real", "guess", True)
    case("r2_adjusted", M.R2Score(num_regressors=2), "real", "guess")
    case("cosine_similarity_axis_0", M.CosineSimilarity(axis=0), "real", "guess", axis=0)
    case("pearson_axis_0", M.PearsonCorrelation(axis=0), "real", "guess")
    case("fbeta_threshold", M.FBetaScore(beta=0.5, threshold=0.4), "labels", "share")
    case("sensitivity_one_threshold", M.SensitivityAtSpecificity(0.2, num_thresholds=1), "labels", "share")
    for weighted in (False, "whole_weights"):
        tail = "_weighted" if weighted else ""
        case("iou" + tail, M.IoU(4, [0, 2], sparse_y_pred=False), "classes", "probabilities", weighted)
        case("iou_ignored" + tail, M.IoU(4, [1, 3], sparse_y_pred=False, ignore_class=0), "classes", "probabilities",
             weighted)
        case("mean_iou" + tail, M.MeanIoU(4), "classes", "classes", weighted)
        case("one_hot_iou" + tail, M.OneHotIoU(4, [0, 1]), "one_hot", "probabilities", weighted)
        case("one_hot_mean_iou" + tail, M.OneHotMeanIoU(4), "one_hot", "probabilities", weighted)
        case("binary_iou" + tail, M.BinaryIoU(), "binary", "scores", weighted)
    case("binary_iou_class_1", M.BinaryIoU([1], threshold=0.3), "binary", "scores")


class Sum(keras.metrics.Sum):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_pred, sample_weight)

    def get_config(self):
        return {"name": self.name}


def sklearn_metrics(batches, weighted):
    """After each batch, of all samples so far."""
    from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

    def results(f, y, p):
        sums = [[np.concatenate([b[k] for b in batches[:i + 1]]) for k in (y, p, "weights")]
                for i in range(len(batches))]
        return [numbers(np.float32(f(t, g.argmax(1) if g.ndim > 1 else g > 0.5, sample_weight=w if weighted else None)))
                for t, g, w in sums]

    cases = []
    for name, class_name, config, f in (
            ("matthews", "MatthewsCorrelation", {}, matthews_corrcoef),
            ("kappa", "CohenKappa", {}, cohen_kappa_score),
            ("kappa_linear", "CohenKappa", {"weights": "linear"}, lambda *a, **k: cohen_kappa_score(*a, weights="linear", **k)),
            ("kappa_quadratic", "CohenKappa", {"weights": "quadratic"},
             lambda *a, **k: cohen_kappa_score(*a, weights="quadratic", **k))):
        for y, p in (("classes", "probabilities"), ("binary", "scores")):
            cases.append({"name": f"{name}_{y}" + ("_weighted" if weighted else ""), "class_name": class_name,
                          "config": config, "y_true": y, "y_pred": p, "weighted": weighted, "results": results(f, y, p)})
    return cases


def record_metrics():
    M, random = keras.metrics, random_of("metrics")
    batches = []
    for size in (6, 4, 5):
        scores = random.random((size, 4)).astype(np.float32)
        batches.append({"classes": random.integers(0, 4, size).astype(np.int32),
                        "probabilities": scores / scores.sum(1, keepdims=True),
                        "binary": (random.random(size) > 0.4).astype(np.int32),
                        "scores": random.random(size).astype(np.float32),
                        "weights": (random.random(size) * 2).astype(np.float32)})
    more = random_of("more metrics")
    for b in batches:
        size = len(b["classes"])
        b["real"], b["guess"] = (more.normal(size=(size, 3)).astype(np.float32) for _ in range(2))
        b["positive"], b["share"] = (more.random((size, 3)).astype(np.float32) for _ in range(2))
        b["labels"] = (more.random((size, 3)) > 0.5).astype(np.int32)
        b["whole_weights"] = more.integers(0, 4, size).astype(np.int32)
    cases = []

    def case(name, metric, y, p, weighted=False, **left_out):
        """left_out: options that Keras forgets in its config."""
        results = []
        for b in batches:
            truth = {"classes": b["classes"], "one_hot": np.eye(4, dtype=np.float32)[b["classes"]],
                     "binary": b["binary"][:, None]}.get(y, b.get(y))
            guess = {"scores": b["scores"][:, None]}.get(p, b.get(p))
            weights = b["weights"] if weighted is True else b.get(weighted)
            metric.update_state(truth, guess, sample_weight=weights)
            results.append(numbers(metric.result()))
        config = keras.saving.serialize_keras_object(metric)
        cases.append({"name": name, "class_name": config["class_name"], "config": {**config["config"], **left_out},
                      "y_true": y, "y_pred": p, "weighted": weighted, "results": results})

    for weighted in (False, True):
        tail = "_weighted" if weighted else ""
        case("sparse_categorical_accuracy" + tail, M.SparseCategoricalAccuracy(), "classes", "probabilities", weighted)
        case("categorical_accuracy" + tail, M.CategoricalAccuracy(), "one_hot", "probabilities", weighted)
        case("binary_accuracy" + tail, M.BinaryAccuracy(), "binary", "scores", weighted)
        case("precision" + tail, M.Precision(), "binary", "scores", weighted)
        case("recall" + tail, M.Recall(), "binary", "scores", weighted)
        case("mean_squared_error" + tail, M.MeanSquaredError(), "binary", "scores", weighted)
    case("binary_accuracy_threshold", M.BinaryAccuracy(threshold=0.3), "binary", "scores")
    case("precision_threshold", M.Precision(thresholds=0.7), "binary", "scores")
    case("precision_thresholds", M.Precision(thresholds=[0.2, 0.5, 0.8]), "binary", "scores")
    case("precision_class_id", M.Precision(class_id=2, thresholds=0.3), "one_hot", "probabilities")
    case("precision_top_k", M.Precision(top_k=2), "one_hot", "probabilities")
    case("recall_class_id", M.Recall(class_id=1, thresholds=0.2), "one_hot", "probabilities")
    case("recall_top_k", M.Recall(top_k=1), "one_hot", "probabilities")
    for average in (None, "micro", "macro", "weighted"):
        case(f"f1_score_{average}", M.F1Score(average=average), "one_hot", "probabilities")
    case("f1_score_threshold", M.F1Score(threshold=0.5), "binary", "scores")
    more_metrics(M, case)
    everything = {k: np.concatenate([b[k] for b in batches]) for k in batches[0]}
    guess = everything["probabilities"].argmax(1)
    for weighted in (False, True):
        cases += sklearn_metrics(batches, weighted)
    write_json("metrics.json", {
        "made_with": MADE_WITH,
        "batches": [{k: numbers(v) for k, v in b.items()} for b in batches],
        "confusion_matrix": {
            "counts": numbers(tf.math.confusion_matrix(everything["classes"], guess, 4).numpy()),
            "weighted": numbers(tf.math.confusion_matrix(everything["classes"], guess, 4,
                                                         everything["weights"], tf.float32).numpy())},
        "cases": cases})


if __name__ == "__main__":
    keras.utils.set_random_seed(1)
    record_losses()
    record_optimizers()
    record_metrics()
