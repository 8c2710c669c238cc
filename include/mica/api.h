/* Around the declarations of every public header: C linkage for C++, and the only symbols that
 * the library exports (all others are hidden). */
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
