/*
 * keyboard.h - keys as they are pressed, and signals, for what runs on.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked and read from a descriptor; where
 * standard input is a terminal, keys need no Enter and are not shown.
 */
#ifndef POSTERN_KEYBOARD_H
#define POSTERN_KEYBOARD_H

#include <stdbool.h>

#include "common/compiler.h"

struct keyboard;

/* NULL: out of memory. Pair with keyboard_close; NULL is fine there. */
MUST_CHECK struct keyboard *keyboard_open(void);

/* The terminal is as it was, and signals do what they did. */
void keyboard_close(struct keyboard *keyboard);

/* Readable once it is to stop; for web_ask. */
int keyboard_stop(const struct keyboard *keyboard);

/* Has it been told to stop? */
bool keyboard_stopped(struct keyboard *keyboard);

/* Can keys be pressed? */
bool keyboard_has_keys(const struct keyboard *keyboard);

/* Wait so long for a key; 0: none came, or it is to stop. */
char keyboard_wait(struct keyboard *keyboard, unsigned ms);

#endif
