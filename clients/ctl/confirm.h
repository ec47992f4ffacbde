/*
 * What an administrator is asked before something goes that is hard to bring back.
 */
#ifndef CLIENTS_CTL_CONFIRM_H
#define CLIENTS_CTL_CONFIRM_H

#include <stdbool.h>

/* Whether the answer is yes. Standard input is read. */
bool pa_confirm(const char *question);

/* Whether somebody is there to be asked; else says that nothing was removed, and what --yes does.
 */
bool pa_confirm_possible(const char *consequence);

#endif
