/* Signals that end the process: what is being written aside (base/file_abandon.h) is removed
 * before. Ctrl-C and SIGTERM of a training: where a training may be left, the first one is noted,
 * and whoever trains ends after the running step; a second one, or one elsewhere, ends the process
 * at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* For all commands, at their start (not those that the caller had ignored: nohup). */
void signals_clean(void);
/* Catches both from here on (not where the caller had them ignored). */
void signals_catch(void);
/* From here on a signal is only noted (true), or ends the process (false). */
void signals_note(bool on);
/* 130 or 143 after a signal was noted; else 0. */
int signals_exit(void);

#endif
