/* What sources of class folders share: root/<class>/…/<file>, labels by the folders, a share for
 * validation. Where root holds train/ and test/ (or validation/, val/), the part picks one. Source:
 * keras.utils.image_dataset_from_directory, text_dataset_from_directory and
 * audio_dataset_from_directory. */
#ifndef DATA_CLASS_FOLDER_H
#define DATA_CLASS_FOLDER_H

#include "base/strbuf.h"
#include "data/dataset.h"
#include "data/file_tree.h"

/* Which files are meant. */
typedef struct file_kind {
    const char *what, *example; /* "pictures", "picture.jpg": for messages */
    bool (*is_name)(const char *name);
    const char *source; /* that reads them */
} file_kind;
extern const file_kind picture_kind, text_kind, sound_kind;
enum { FILE_KINDS = 3 };
extern const file_kind *const file_kinds[FILE_KINDS];
/* The number there of a file's kind, by its name; -1: none, hidden, or about the data (README.txt,
 * LICENSE.txt). */
int file_kind_number(const char *path);

/* One file of the list: where it is below the root, and its class. */
typedef struct class_file {
    const char *path;
    uint32_t label;
} class_file;

/* The options that all of these sources have, however their own struct is called. */
typedef struct class_choice {
    const char *label_mode, *class_names, *labels, *subset;
    double validation_split;
    int64_t seed;
    bool no_shuffle, follow_links;
} class_choice;

/* The files below a folder, or an archive that is read as the folder it would unpack to. */
typedef struct class_list {
    const file_kind *kind;
    class_choice choice;
    archive_members members; /* where it is an archive */
    file_tree tree;
    bool has_parts; /* its root is train/ or test/ */
    class_file *file;
    size_t count, room;
    char **classes; /* NULL: they have no names */
    int class_count;
    const char *table; /* a list of files with their classes (class_table.c); NULL: folders tell */
    bool known; /* they are a model's, class_names is {"known": […]}: some may have no folder */
} class_list;

#define CLASS_CHOICE_OF(o)                                                                         \
    (class_choice) {                                                                               \
        .label_mode = (o)->label_mode, .class_names = (o)->class_names, .labels = (o)->labels,     \
        .subset = (o)->subset, .validation_split = (o)->validation_split, .seed = (o)->seed,       \
        .no_shuffle = (o)->no_shuffle, .follow_links = (o)->follow_links                           \
    }

extern const char *const class_label_modes[], *const class_subsets[];
#define CLASS_FOLDER_FIELDS(OWNER)                                                                 \
    TEXT(OWNER, label_mode, "int", .choices = class_label_modes, .help = "what y is"),             \
        REAL(OWNER, max_broken, DEFAULT(0.01), .max = 1,                                           \
             .help = "the share of broken files that is left out"),                                \
        CONFIG(OWNER, class_names, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS,                  \
               .help = "the class folders that are read, in the order of y"),                      \
        CONFIG(OWNER, labels, "inferred", .flags = FIELD_NUMBERS,                                  \
               .help = "inferred: from class folders; or a list of a number per file"),            \
        BOOLEAN(OWNER, follow_links,                                                               \
                .help = "links to folders below the class folders are followed"),                  \
        REAL(OWNER, validation_split, DEFAULT(0), .max = 1,                                        \
             .help = "the share of files that is held back for validation"),                       \
        TEXT(OWNER, subset, NULL, .flags = FIELD_NULLABLE, .choices = class_subsets,               \
             .help = "which share: training, validation (by default what the part asks for)"),     \
        INTEGER(OWNER, seed, DEFAULT(0), .max = UINT32_MAX, .help = "of the split"),               \
        NEGATED(OWNER, no_shuffle, "shuffle", .help = "whether the split is by chance")

/* Whether the source reads the path: a folder with class folders of such files in it or its train/,
 * and of no other kind more. */
bool class_folder_probe(const char *path, const file_kind *kind);
/* The kind that most files in the class folders of a folder have; NULL: none has a known one. */
const file_kind *folder_kind(const char *path);
/* How many files there are of other kinds than that source's, which does not read them; `first`:
 * the path of one, below the root. */
int64_t folder_strays(const char *path, const char *source, char first[256]);
/* Whether the path is a CSV of the columns path and class, whose first path is of that kind (NULL:
 * of any). */
bool class_table_probe(const char *path, const file_kind *kind);
/* The files of such a list, without labels, and its classes in their order; *class: of each file,
 * also where it fails: free(). */
mica_status class_table_read(class_list *list, char ***class, arena *texts, mica_error *err);
/* Labels by list->classes; sorts the files as those of folders are. */
mica_status class_table_label(class_list *list, char *const *class, mica_error *err);
/* Opens the folder or archive, at the part's class folders, and lists its files: classes and files
 * in the order of their names' bytes, as Python sorts; only the classes of a JSON list of names and
 * in its order, where there is one; of the split the part's share. With labels that are given every
 * file below the root. The dataset knows its classes, and its arena has the texts. The caller
 * closes the list, whatever came of it. */
mica_status class_open(class_list *list, const source_request *r, const class_choice *c,
                       const file_kind *kind, mica_dataset *d, mica_error *err);
void class_close(class_list *list);
/* The kind of file that the class folders of an archive hold, as its first members tell. FORMAT
 * where they hold several kinds, or none: the error names them. */
mica_status archive_kind(const char *path, const file_kind **out, mica_error *err);
/* FORMAT where the list is of an archive whose class folders hold files of other kinds too. */
mica_status archive_holds_alone(const class_list *list, mica_error *err);
/* For class_open: lists the files; their labels from the option; the share of a split. */
mica_status class_list_files(class_list *list, arena *texts, mica_error *err);
bool class_labels_are_given(const class_choice *c);
mica_status class_give_labels(class_list *list, arena *texts, mica_error *err);
mica_status class_split(class_list *list, bool validation, mica_error *err);
/* class_counts.c: how many classes have files; `least`: the fewest files of one that has some. */
int class_filled(const class_list *list, int64_t *least);
/* Those that have none, "b (class 1), d (class 3)"; how many there are. */
int class_name_empty(const class_list *list, strbuf *names);
/* A warning that names them. */
void class_warn_empty(const mica_dataset *d, const class_list *list);
/* The files of each class before broken ones are left out; then a warning that names the classes
 * which had some and have none now. */
int64_t *class_before(const class_list *list);
void class_warn_broken(const mica_dataset *d, const class_list *list, int64_t *before);

/* Whether a class folder with such a file is in the folder of the tree. */
bool has_class_files(const file_tree *t, const char *folder, const file_kind *kind);
/* How many there are; at most `most` are counted. */
int count_class_folders(const file_tree *t, const char *folder, const file_kind *kind, int most);

/* Adds y as label_mode says: nothing, int32, or float32 (1) or (K). */
mica_status class_add_labels(mica_dataset *d, const class_list *list, mica_error *err);
/* y of these rows. */
mica_status class_gather_labels(const mica_dataset *d, const class_list *list, int column,
                                const uint32_t *rows, int64_t count, mica_dtype dtype, void *out,
                                mica_error *err);
/* Smallest, mean, median and largest of numbers from 0, {"min", "mean", "median", "max"}; what is
 * below is not known. null: none is. */
json_t *class_extent(const int64_t *values, size_t n);
/* Names and sizes of the files, and labels that are given. */
mica_status class_digest(const class_list *list, sha256 *h, mica_error *err);
/* Leaves those out that have a reason, which are reported in their order, so that the report is the
 * same for any number of workers; an error where none is left. */
mica_status class_keep_good(mica_dataset *d, class_list *list, char **reason, mica_error *err);

/* Reads every file and lets `look` see it; whose reading or look fails is left out and reported. */
typedef mica_status (*class_look)(void *arg, size_t i, const char *path, const file_bytes *file,
                                  mica_error *why);
mica_status class_look_at_all(mica_dataset *d, class_list *list, class_look look, void *arg,
                              mica_error *err);

#endif
