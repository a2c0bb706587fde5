dnl POSTERN_WARNINGS - WARN_CFLAGS: what the compiler should tell us;
dnl --enable-werror makes it an error.
AC_DEFUN([POSTERN_WARNINGS], [
AX_APPEND_COMPILE_FLAGS([-Wall -Wextra -Wshadow -Wconversion dnl
    -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith dnl
    -Wformat=2 -Wwrite-strings -Wvla -Wundef -Wcast-qual dnl
    -Wimplicit-fallthrough], [WARN_CFLAGS])
AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])
