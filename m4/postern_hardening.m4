dnl POSTERN_HARDENING - HARDEN_CFLAGS and HARDEN_LDFLAGS, on by default.
dnl _FORTIFY_SOURCE wants optimisation and quarrels with sanitizers, so it is
dnl left out when the user's CFLAGS or --enable-sanitizers rule it out.
AC_DEFUN([POSTERN_HARDENING], [
AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [build without hardening flags])])
AS_IF([test "x$enable_hardening" != xno], [
    AX_APPEND_COMPILE_FLAGS([-fPIE -fstack-protector-strong dnl
        -fstack-clash-protection -fcf-protection=full], [HARDEN_CFLAGS],
        [-Werror])
    AX_APPEND_LINK_FLAGS([-pie -Wl,-z,relro -Wl,-z,now dnl
        -Wl,-z,noexecstack], [HARDEN_LDFLAGS])
    AS_CASE([" $CFLAGS $enable_sanitizers "],
        [*" -O0 "*], [],
        [*address*|*thread*|*undefined*], [],
        [*" -O"*], [AX_APPEND_COMPILE_FLAGS(
            [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2], [HARDEN_CFLAGS])])
])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])
