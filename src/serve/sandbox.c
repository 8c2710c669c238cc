/* See sandbox.h. */
#include "serve/sandbox.h"

#include "build_config.h"

const char *const sandbox_modes[] = {"off", "on", "log", "kill", NULL};

#ifndef HAVE_SECCOMP
mica_status sandbox_enter(sandbox_mode mode, bool generated_code, mica_error *err) {
    if (mode == SANDBOX_OFF) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "this mica was built without libseccomp, which limits its system calls");
}
#else
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const allowed[] = {
#define CALL(name) #name,
#include "serve/sandbox_calls.def"
#undef CALL
};

/* A call with arguments that are looked at: argument, and what it must be under the mask. Calls
 * that stand here several times are allowed where any of their lines holds. */
typedef struct guarded_call {
    const char *name;
    unsigned argument;
    scmp_datum_t mask, value;
} guarded_call;

enum {
    VMA = 0x53564d41,      /* PR_SET_VMA: glibc's malloc names its memory */
    GET_FEATURES = 0x1022, /* ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM: AMX, for oneDNN */
    REQUEST_FEATURES = 0x1023,
};
#define WHOLE ((scmp_datum_t)-1)
#define WORD ((scmp_datum_t)0xffffffff)

static const guarded_call guarded[] = {
    {"socket", 0, WORD, AF_UNIX}, /* the service manager, a database */
    {"socket", 0, WORD, AF_INET},
    {"socket", 0, WORD, AF_INET6},
    {"clone", 0, CLONE_THREAD, CLONE_THREAD},
    {"ioctl", 1, WORD, TCGETS}, /* isatty */
    {"ioctl", 1, WORD, FIONREAD},
    {"ioctl", 1, WORD, FIONBIO},
    {"prctl", 0, WORD, PR_SET_NAME},
    {"prctl", 0, WORD, PR_GET_NAME},
    {"prctl", 0, WORD, VMA},
    {"arch_prctl", 0, WORD, GET_FEATURES},
    {"arch_prctl", 0, WORD, REQUEST_FEATURES},
    {"prlimit64", 2, WHOLE, 0}, /* asks, changes nothing */
};

/* Memory that is not written and executed: mapped with one of both at most, and never made
 * executable later. */
static const guarded_call without_code[] = {
    {"mmap", 2, PROT_WRITE | PROT_EXEC, 0},
    {"mmap", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE},
    {"mmap", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC},
    {"mprotect", 2, PROT_EXEC, 0},
};
static const guarded_call with_code[] = {{"mmap", 2, 0, 0}, {"mprotect", 2, 0, 0}};

/* Adds a rule; what this architecture has not (open on arm64) is no call of it. */
static int add(scmp_filter_ctx f, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *arguments) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return 0;
    return seccomp_rule_add_array(f, action, number, count, arguments);
}

static int add_guarded(scmp_filter_ctx f, const guarded_call *calls, size_t count) {
    int why = 0;
    for (size_t i = 0; i < count && !why; i++)
        why = add(f, SCMP_ACT_ALLOW, calls[i].name, 1,
                  &(struct scmp_arg_cmp){calls[i].argument, SCMP_CMP_MASKED_EQ, calls[i].mask,
                                         calls[i].value});
    return why;
}

static int add_rules(scmp_filter_ctx f, bool generated_code) {
    int why = 0;
    for (size_t i = 0; i < LENGTH(allowed) && !why; i++)
        why = add(f, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
    if (!why) why = add_guarded(f, guarded, LENGTH(guarded));
    if (!why)
        why = generated_code ? add_guarded(f, with_code, LENGTH(with_code))
                             : add_guarded(f, without_code, LENGTH(without_code));
    /* Names of hosts: the C library asks the kernel for this machine's addresses. */
    const struct scmp_arg_cmp netlink[] = {SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
                                           SCMP_A2(SCMP_CMP_EQ, 0)};
    if (!why) why = add(f, SCMP_ACT_ALLOW, "socket", LENGTH(netlink), netlink);
    const struct scmp_arg_cmp own = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
    if (!why) why = add(f, SCMP_ACT_ALLOW, "tgkill", 1, &own); /* abort */
    /* Its flags lie in memory, where no filter looks: the C library then makes threads by clone. */
    return why ? why : add(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

mica_status sandbox_enter(sandbox_mode mode, bool generated_code, mica_error *err) {
    if (mode == SANDBOX_OFF) return MICA_OK;
    const uint32_t refused = mode == SANDBOX_LOG    ? SCMP_ACT_LOG
                             : mode == SANDBOX_KILL ? SCMP_ACT_KILL_PROCESS
                                                    : SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx f = seccomp_init(refused);
    if (!f) return fail_no_memory(err, "the filter of system calls");
    /* All threads; no new rights by programs that are run; refused and slow ones are found fast. */
    int why = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!why) why = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 1);
    if (!why) why = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!why) why = add_rules(f, generated_code);
    if (!why) why = seccomp_load(f);
    seccomp_release(f);
    if (!why) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "the filter of system calls: %s", strerror(-why));
}
#endif
