/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/library.h"

#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/secret.h"
#include "libtoken/core/debug.h"
#include "libtoken/core/session.h"

/* Descriptors kept open to the kernel's cryptography, at most. */
#define KERNEL_SOCKETS 64u

_Atomic(struct library_guard *) library_guard;

/* The struct of this process, initialised or not; written under guard->lock. */
static struct library *kept;
/* In a child: what its parents had. Only so that it is not lost. */
static struct library *forgotten;

static void
guard_wipe(void)
{
	struct library_guard *g = atomic_load(&library_guard);

	if (g != NULL)
		memset(g, 0, sizeof *g);
}

/* A zeroed mutex is an unlocked one with every libc on Linux, which is what
 * makes the child's page right as the kernel leaves it. */
static struct library_guard *
guard_get(void)
{
	struct library_guard *g = atomic_load(&library_guard), *first = NULL;
	const size_t n = (size_t)sysconf(_SC_PAGESIZE);
	bool wipes;

	if (g != NULL)
		return g;
	g = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g == MAP_FAILED)
		return NULL;
	/* kernels before 4.14: fork() is noticed, raw clone() is not */
	wipes = madvise(g, n, MADV_WIPEONFORK) == 0;
	if (pthread_atfork(crypto_before_fork, NULL, wipes ? NULL : guard_wipe) != 0) {
		(void)munmap(g, n);
		return NULL;
	}
	atomic_store(&g->mark, 1);
	if (!atomic_compare_exchange_strong(&library_guard, &first, g)) {
		(void)munmap(g, n);
		g = first;
	}
	return g;
}

/* In a child, once, with the page's lock: nothing of the parent's is used
 * again, and its descriptors are closed. */
static void
forget_parent(void)
{
	struct library *parent = TAKE_PTR(kept);
	struct store *store;
	struct kcapi *kernel;

	secret_forget_all();
	keyring_forget();
	crypto_forget();
	if (parent == NULL)
		return;
	/* what is left of it stays known, as the rest of the parent's */
	store = parent->store;
	if (store != NULL)
		store_forget(&store);
	kernel = parent->kernel;
	if (kernel != NULL)
		kcapi_forget(&kernel);
	parent->forgotten = forgotten;
	forgotten = parent;
}

static void
guard_enter(struct library_guard *g)
{
	pthread_mutex_lock(&g->lock);
	if (atomic_load(&g->mark) == 0) {
		forget_parent();
		atomic_store(&g->mark, 1);
	}
}

static void
guard_leave(struct library_guard **g)
{
	if (*g != NULL)
		pthread_mutex_unlock(&(*g)->lock);
}

struct library *
library_absent(void)
{
	struct library_guard *g = atomic_load(&library_guard);

	if (g != NULL && atomic_load(&g->mark) == 0) {
		guard_enter(g);
		guard_leave(&g);
	}
	return NULL;
}

/* --- C_Initialize ------------------------------------------------------------- */

/* Section 5.4 of the standard: all four functions or none; with them alone, they
 * are what we lock with. */
static CK_RV
app_lock_new(const CK_C_INITIALIZE_ARGS *args, struct app_lock *ret)
{
	unsigned given;

	*ret = (struct app_lock){ 0 };
	if (args == NULL)
		return CKR_OK;
	if (args->pReserved != NULL)
		return CKR_ARGUMENTS_BAD;
	given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) +
		(args->LockMutex != NULL) + (args->UnlockMutex != NULL);
	if (given != 0 && given != 4)
		return CKR_ARGUMENTS_BAD;
	if (given == 0 || (args->flags & CKF_OS_LOCKING_OK) != 0)
		return CKR_OK;
	*ret = (struct app_lock){ args->LockMutex, args->UnlockMutex, args->DestroyMutex,
		NULL };
	return args->CreateMutex(&ret->mutex);
}

static void
app_lock_free(struct app_lock *app)
{
	if (app->lock == NULL)
		return;
	(void)app->destroy(app->mutex);
	*app = (struct app_lock){ 0 };
}

static struct library *
library_alloc(void)
{
	struct library *lib = calloc(1, sizeof *lib);

	if (lib == NULL)
		return NULL;
	if (session_table_init(&lib->sessions) != CKR_OK) {
		free(lib);
		return NULL;
	}
	pthread_rwlock_init(&lib->lock, NULL);
	slot_table_init(&lib->slots);
	region_table_init(&lib->regions);
	saved_table_init(&lib->saved);
	return lib;
}

CK_RV
library_start(const CK_C_INITIALIZE_ARGS *args)
{
	CLEANUP(guard_leave)
	struct library_guard *g = NULL;
	struct library_guard *page = guard_get();
	struct app_lock app;
	CK_RV rv;

	if (page == NULL)
		return CKR_HOST_MEMORY;
	guard_enter(page);
	g = page;
	if (atomic_load(&g->library) != NULL)
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	if (kept == NULL)
		kept = library_alloc();
	if (kept == NULL)
		return CKR_HOST_MEMORY;
	debug_start();
	rv = app_lock_new(args, &app);
	if (rv != CKR_OK)
		return rv;
	rv = object_table_new(&kept->gone, &kept->objects);
	if (rv == CKR_OK && kcapi_new(KERNEL_SOCKETS, &kept->kernel) != 0)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = store_new(&kept->store);
	if (rv != CKR_OK) {
		kcapi_free(&kept->kernel);
		object_table_free(&kept->objects);
		app_lock_free(&app);
		return rv;
	}
	if (app.lock != NULL)
		kept->app = app;
	atomic_store(&kept->generation, store_generation(kept->store));
	atomic_store(&kept->active, true);
	atomic_store_explicit(&g->library, kept, memory_order_release);
	return CKR_OK;
}

/* --- C_Finalize ------------------------------------------------------------------- */

static void
log_out_everywhere(struct library *lib)
{
	struct slot *s;

	/* slots are only ever added, in front */
	pthread_mutex_lock(&lib->slots.lock);
	s = lib->slots.first;
	pthread_mutex_unlock(&lib->slots.lock);
	for (; s != NULL; s = s->next)
		if (slot_role(s) != ROLE_NONE)
			(void)!slot_logout(lib, s);
}

CK_RV
library_stop(void)
{
	CLEANUP(guard_leave)
	struct library_guard *g = NULL;
	struct library_guard *page = atomic_load(&library_guard);
	struct library *lib;

	if (page == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	guard_enter(page);
	g = page;
	lib = atomic_load(&g->library);
	if (lib == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	/* From here on nobody comes in; those inside finish. */
	atomic_store(&g->library, NULL);
	atomic_store(&lib->active, false);
	store_hurry(lib->store);
	log_out_everywhere(lib);
	slot_table_stop(&lib->slots);
	store_stop(lib->store);
	pthread_rwlock_wrlock(&lib->lock);
	session_table_close_all(lib);
	object_table_free(&lib->objects);
	region_table_reset(&lib->regions);
	store_free(&lib->store);
	slot_table_reset(&lib->slots);
	saved_table_reset(&lib->saved);
	kcapi_free(&lib->kernel);
	pthread_rwlock_unlock(&lib->lock);
	app_lock_free(&lib->app);
	crypto_cleanup();
	return CKR_OK;
}

/* --- Every call ---------------------------------------------------------------------- */

CK_RV
library_enter(struct library **ret)
{
	struct library *lib = library_now();
	CK_RV rv;

	if (lib == NULL || !atomic_load(&lib->active))
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = app_enter(lib);
	if (rv != CKR_OK)
		return rv;
	pthread_rwlock_rdlock(&lib->lock);
	if (!atomic_load(&lib->active)) {
		app_leave(lib);
		pthread_rwlock_unlock(&lib->lock);
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	if (store_generation(lib->store) !=
		atomic_load_explicit(&lib->generation, memory_order_relaxed))
		library_resync(lib);
	errors_begin();
	*ret = lib;
	return CKR_OK;
}

void
library_leave(struct library **libp)
{
	struct library *lib = TAKE_PTR(*libp);

	if (lib == NULL)
		return;
	if (atomic_load_explicit(&lib->gone, memory_order_acquire) !=
		atomic_load_explicit(&lib->told, memory_order_relaxed))
		session_forget_keys(lib);
	errors_end();
	/* C_Finalize destroys the application's mutex once it has our lock */
	app_leave(lib);
	pthread_rwlock_unlock(&lib->lock);
}

static bool
lost_with_keyringd(const struct object *o, const void *arg)
{
	/* not what was made by the very call that noticed */
	return (o->place == PLACE_KEYRINGD || o->private) &&
	       o->generation != *(const uint64_t *)arg;
}

void
library_resync(struct library *lib)
{
	const uint64_t now = store_generation(lib->store);
	bool changed = false;

	pthread_mutex_lock(&lib->slots.lock);
	if (now != atomic_load(&lib->generation)) {
		for (struct slot *s = lib->slots.first; s != NULL; s = s->next)
			slot_role_set(s, ROLE_NONE);
		/* nobody may find the new client with the old roles */
		atomic_store(&lib->generation, now);
		changed = true;
	}
	pthread_mutex_unlock(&lib->slots.lock);
	if (changed)
		object_table_drop(lib->objects, lost_with_keyringd, &now, NULL);
}
