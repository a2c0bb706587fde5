/* calm.h - the site as every test may expect it. */
#ifndef CONTRACT_CALM_H
#define CONTRACT_CALM_H

/*
 * All parts run, nothing is faulty or closed, whatever a test left behind.
 * For .init and .fini of each suite.
 */
void calm(void);

#endif
