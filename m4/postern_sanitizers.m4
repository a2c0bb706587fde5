dnl POSTERN_SANITIZERS - SAN_CFLAGS for --enable-sanitizers=LIST, such as
dnl address,undefined or thread.
AC_DEFUN([POSTERN_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers=LIST],
        [build with these sanitizers [address,undefined]])],
    [], [enable_sanitizers=no])
AS_CASE([$enable_sanitizers],
    [no], [SAN_CFLAGS=],
    [yes], [SAN_CFLAGS="-fsanitize=address,undefined"],
    [SAN_CFLAGS="-fsanitize=$enable_sanitizers"])
AS_IF([test -n "$SAN_CFLAGS"], [
    SAN_CFLAGS="$SAN_CFLAGS -fno-sanitize-recover=all -fno-omit-frame-pointer"
    AX_CHECK_LINK_FLAG([$SAN_CFLAGS], [],
        [AC_MSG_ERROR([the compiler cannot link with $SAN_CFLAGS])])
])
AC_SUBST([SAN_CFLAGS])
])
