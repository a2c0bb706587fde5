/*
 * name_stub.h - a name server in a thread, which answers as a name's first
 * label says; name_stub.c has the table.
 */
#ifndef POSTERN_NAME_STUB_H
#define POSTERN_NAME_STUB_H

#include <stdint.h>

/* Answer on 127.0.0.1, UDP and TCP, until the process ends. */
uint16_t name_stub_start(void);

/* How many questions came for names with this first label, of both families. */
unsigned name_stub_asked(const char *label);

/* How many came over TCP; from how many ports over UDP; from one at most. */
unsigned name_stub_tcp(void);
unsigned name_stub_ports(void);
unsigned name_stub_port_uses(void);

#endif
