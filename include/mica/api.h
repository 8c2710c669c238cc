/* Around the declarations of every public header: C linkage for C++, and the only symbols that
 * the library exports (all others are hidden).
 *
 * NULL, for all of mica: a handle that is NULL is one of a failed call. A call that is given one,
 * or NULL for anything else that it needs, does nothing, and says so: "add: b is NULL" (MICA_VALUE)
 * is its status, or, where it returns a handle, is in the context of its other arguments. It
 * returns what failed calls return: poison, or NULL where no argument tells a context
 * (mica_relu(NULL)). A context that is NULL holds no error, so that its calls return NULL.
 * Destroying NULL does nothing. What may be NULL is said where it is declared; options, user data
 * and errors always may. */
#ifndef MICA_API_H
#define MICA_API_H

#if defined(__GNUC__)
#define MICA_EXPORT_BEGIN_ _Pragma("GCC visibility push(default)")
#define MICA_EXPORT_END_ _Pragma("GCC visibility pop")
#else
#define MICA_EXPORT_BEGIN_
#define MICA_EXPORT_END_
#endif

#ifdef __cplusplus
#define MICA_API_BEGIN                                                                             \
    extern "C" {                                                                                   \
    MICA_EXPORT_BEGIN_
#define MICA_API_END                                                                               \
    MICA_EXPORT_END_                                                                               \
    }
#else
#define MICA_API_BEGIN MICA_EXPORT_BEGIN_
#define MICA_API_END MICA_EXPORT_END_
#endif

#endif
