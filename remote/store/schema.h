/* SPDX-License-Identifier: Apache-2.0 */
/* The tables in SQLite, and the way from each version of them to the next. */
#pragma once

#include <sqlite3.h>

#include "common/bytes.h"

/* Is this database ours, of a version known here, or new and empty? Changes
 * nothing. 0, or -EINVAL or another -errno with a sentence about path. */
int schema_check(sqlite3 *db, const char *path, char *err, size_t err_len) MUST_CHECK;
/* Of one that schema_check() likes: has it all that this version wants? */
bool schema_is_current(sqlite3 *db) MUST_CHECK;
/* Brings a database that passed to the newest version, each step whole or not
 * at all. */
int schema_migrate(sqlite3 *db, const char *path, char *err, size_t err_len) MUST_CHECK;
