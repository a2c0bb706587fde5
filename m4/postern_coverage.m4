dnl POSTERN_COVERAGE - COV_CFLAGS for --enable-coverage: gcov's counters.
AC_DEFUN([POSTERN_COVERAGE], [
AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [count the lines that run (gcov)])])
AS_IF([test "x$enable_coverage" = xyes], [COV_CFLAGS=--coverage])
AC_SUBST([COV_CFLAGS])
])
