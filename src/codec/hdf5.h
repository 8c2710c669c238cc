/* HDF5 files, read from a path or from memory, without the HDF5 library.
 *
 * Read: superblocks 0 to 3; groups and object headers of both generations; dense links and
 * attributes; contiguous, compact and chunked data under every chunk index; gzip, shuffle and
 * fletcher32; integers, floats (16, 32, 64 bits, bfloat16) of both byte orders, h5py's bool,
 * strings of fixed and variable length. All else is refused by name: soft and external links are
 * listed but not followed, virtual and external storage, shared (committed) types, other filters.
 *
 * The file is not trusted: every read is checked, no structure is walked twice, and nothing is
 * allocated that the bytes of the file do not account for. Texts, links, attributes and objects
 * belong to the file and live until h5_close. A file is used by one thread at a time.
 *
 * Errors say "FILE: OBJECT: what is wrong, at which byte". Writing: codec/hdf5_write.h.
 * Source: HDF5 File Format Specification 3.0 (docs.hdfgroup.org). */
#ifndef CODEC_HDF5_H
#define CODEC_HDF5_H

#include "mica/dtype.h"
#include "mica/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H5_MAX_RANK 32

typedef struct h5_file h5_file;
typedef struct h5_object h5_object; /* a group or a dataset; one handle per object of the file */

/* What an element is. `dtype` holds for INTEGER, FLOAT and BOOL. */
typedef enum h5_kind { H5_INTEGER, H5_FLOAT, H5_BOOL, H5_STRING, H5_OPAQUE, H5_OTHER } h5_kind;

typedef struct h5_type {
    h5_kind kind;
    mica_dtype dtype;
    uint32_t size; /* bytes of one element in the file */
    bool big_endian;
    bool variable;    /* a string of variable length */
    uint8_t padding;  /* of a fixed string: 0 ends at NUL, 1 padded with NUL, 2 with spaces */
    const char *text; /* for messages: "float32", "string", "compound" … */
} h5_type;

/* Extent of a dataset or attribute; a scalar has rank 0 and 1 element, a null one 0 elements. */
typedef struct h5_space {
    unsigned rank;
    bool null;
    int64_t dims[H5_MAX_RANK];
    uint64_t elements;
} h5_space;

typedef enum h5_link_kind {
    H5_HARD_LINK,
    H5_SOFT_LINK,
    H5_EXTERNAL_LINK,
    H5_OTHER_LINK
} h5_link_kind;

typedef struct h5_link {
    const char *name;
    h5_link_kind kind;
    uint64_t address;       /* of the object, for a hard link */
    int64_t creation_order; /* -1 where the group does not track it */
} h5_link;

typedef enum h5_order { H5_BY_NAME, H5_BY_CREATION } h5_order;

typedef struct h5_attribute {
    const char *name;
    h5_type type;
    h5_space space;
    const uint8_t *data; /* raw elements inside the file */
    uint64_t place;      /* where they lie, for messages */
    struct h5_texts *texts;
} h5_attribute;

/* Strings, each ended by NUL. */
typedef struct h5_texts {
    const char *const *at;
    size_t count;
} h5_texts;

/* Opens a file; `name` is used in messages only. Memory must stay as it is until h5_close. */
mica_status h5_open_file(const char *path, h5_file **file, mica_error *err);
mica_status h5_open_memory(const char *name, const void *bytes, size_t size, h5_file **file,
                           mica_error *err);
void h5_close(h5_file **file);

/* The object at a path such as "/model_weights/dense/kernel:0", from the root or from a group; a
 * path of many parts goes through hard links only. NAME: there is none (the message says which part
 * is missing); UNSUPPORTED: a soft or external link. */
mica_status h5_find(h5_file *file, const char *path, h5_object **object, mica_error *err);
mica_status h5_find_in(h5_object *group, const char *path, h5_object **object, mica_error *err);
/* As h5_find_in, but *object is NULL where the path leads nowhere. */
mica_status h5_look_in(h5_object *group, const char *path, h5_object **object, mica_error *err);
const char *h5_path(const h5_object *object); /* the first path by which it was found */
bool h5_is_group(const h5_object *object);
bool h5_is_dataset(const h5_object *object);

/* The links of a group. H5_BY_NAME sorts by bytes; H5_BY_CREATION is STATE where not tracked. */
mica_status h5_links(h5_object *group, h5_order order, const h5_link **links, size_t *count,
                     mica_error *err);

/* Attributes, sorted by name; *attribute is NULL where there is none of that name. */
mica_status h5_attributes(h5_object *object, const h5_attribute **attributes, size_t *count,
                          mica_error *err);
mica_status h5_attribute_look(h5_object *object, const char *name, const h5_attribute **attribute,
                              mica_error *err);
/* NAME where there is none, TYPE where it is not a string, SHAPE where it is not one string. */
mica_status h5_attribute_text(h5_object *object, const char *name, const char **text,
                              mica_error *err);
/* All elements of a string attribute. No elements at all (h5py writes [] as float64) are no texts.
 */
mica_status h5_attribute_texts(h5_object *object, const char *name, h5_texts *texts,
                               mica_error *err);
/* `count` numbers as `dtype`; SHAPE where the attribute holds another number of them. */
mica_status h5_attribute_numbers(h5_object *object, const char *name, mica_dtype dtype, void *out,
                                 size_t count, mica_error *err);

/* Type and extent of a dataset. An extent that the stored bytes cannot account for is FORMAT, so a
 * caller may allocate what these say. */
mica_status h5_dataset(h5_object *object, h5_type *type, h5_space *space, mica_error *err);
/* All elements as `dtype`, row-major; `bytes` is elements * size of dtype, SHAPE otherwise. Floats
 * round to nearest; what does not fit an integer saturates, fractions are cut. */
mica_status h5_read(h5_object *dataset, mica_dtype dtype, void *out, size_t bytes, mica_error *err);
/* All elements as they are in the file (opaque ones, or any). */
mica_status h5_read_raw(h5_object *dataset, void *out, size_t bytes, mica_error *err);
/* All elements of a dataset of strings. */
mica_status h5_read_texts(h5_object *dataset, h5_texts *texts, mica_error *err);

#endif
