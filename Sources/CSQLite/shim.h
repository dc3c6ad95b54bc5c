// What SQLite offers by variadic functions only, which Swift does not call.
#ifndef VONGGAC_CSQLITE_H
#define VONGGAC_CSQLITE_H

#include <sqlite3.h>

/// Counts no memory: without it each piece is asked for without a lock of the whole process. Refused, harmlessly, once SQLite is in use.
static inline int sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif
