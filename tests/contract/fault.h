/*
 * fault.h - faults made on purpose inside the database, and taken away.
 *
 * A test-only trigger on postern.webhook runs a piece of PL/pgSQL for each
 * row written, as the administrator. There is one at a time.
 */
#ifndef CONTRACT_FAULT_H
#define CONTRACT_FAULT_H

/* Run this while a row is written, or at COMMIT. */
void fault_on_write(const char *plpgsql);
void fault_at_commit(const char *plpgsql);
void fault_clear(void);

#endif
