/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C_Initialize begins and C_Finalize ends.
 *
 * Everything hangs on one pointer in a page that fork() empties
 * (MADV_WIPEONFORK): a child, however it was made and whatever other threads of the
 * parent were doing, finds no library and no lock of the parent's, at no cost
 * to anybody. The parent's copy is left to itself in the child.
 *
 * The struct and the memory of its sessions are kept and used again after
 * C_Finalize: a thread that comes late finds a closed session, never freed
 * memory.
 *
 * Locks, in this order: the application's (app), library.lock, a session's,
 * the slot table's or the object table's, the store's.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "libtoken/core/saved.h"
#include "libtoken/core/slot.h"
#include "libtoken/object/manage.h"

/* The application's mutex, where it gave functions and did not allow ours alone:
 * held by every call that touches the library's state, but for the last look that
 * session_leave() has at keys when it has given it back. */
struct app_lock {
	CK_LOCKMUTEX lock; /* NULL: none */
	CK_UNLOCKMUTEX unlock;
	CK_DESTROYMUTEX destroy;
	CK_VOID_PTR mutex;
};

struct session;

/* Sessions live in chunks that are never freed nor moved. */
#define SESSION_INDEX_BITS 20
#define SESSION_CHUNK_BITS 6
#define SESSION_CHUNKS (1u << (SESSION_INDEX_BITS - SESSION_CHUNK_BITS))

struct session_table {
	_Atomic(struct session *) *chunks;      /* SESSION_CHUNKS of them */
	uint32_t used;                          /* sessions ever handed out */
	struct session *free_first, *free_last; /* oldest first */
	pthread_mutex_t lock;
};

struct library {
	atomic_bool active;
	struct app_lock app;
	pthread_rwlock_t lock; /* shared: calls without a session; else: start, stop */
	struct store *store;
	struct object_table *objects;
	struct region_table regions;
	struct kcapi *kernel;
	struct slot_table slots;
	struct session_table sessions;
	struct saved_table saved;
	atomic_ulong generation;   /* of the store, see library_resync() */
	atomic_uint gone;          /* keys, while operations may have had them */
	atomic_uint told;          /* up to here, see session_forget_keys() */
	struct library *forgotten; /* in a child: the parent's */
};

struct library_guard {
	_Atomic(struct library *) library; /* while initialised */
	atomic_uint mark;                  /* 0: this is a forked child's page */
	pthread_mutex_t lock;              /* C_Initialize, C_Finalize */
};

extern _Atomic(struct library_guard *) library_guard;

/* For library_now(): tidies up in a forked child. Always NULL. */
struct library *library_absent(void);

/* NULL: not initialised. */
static inline struct library *
library_now(void)
{
	struct library_guard *g =
		atomic_load_explicit(&library_guard, memory_order_acquire);
	struct library *lib =
		g != NULL ? atomic_load_explicit(&g->library, memory_order_acquire)
			  : NULL;

	return __builtin_expect(lib != NULL, 1) ? lib : library_absent();
}

CK_RV library_start(const CK_C_INITIALIZE_ARGS *args) MUST_CHECK;
CK_RV library_stop(void) MUST_CHECK;

/* For calls without a session. CKR_CRYPTOKI_NOT_INITIALIZED, or what the
 * application's mutex answers. */
CK_RV library_enter(struct library **ret) MUST_CHECK;
void library_leave(struct library **lib); /* harmless on NULL */

static inline CK_RV
app_enter(struct library *lib)
{
	return lib->app.lock == NULL ? CKR_OK : lib->app.lock(lib->app.mutex);
}

static inline void
app_leave(struct library *lib)
{
	if (lib->app.lock != NULL)
		(void)lib->app.unlock(lib->app.mutex);
}

/* keyringd lost our client (it restarted without its memory): nobody is logged in
 * any more, what it kept for us is gone. */
void library_resync(struct library *lib);
