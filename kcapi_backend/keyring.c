/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pin for each process keyring under which keys of ours live, counted by
 * those keys and by the live threads that have it at hand. A thread finds its
 * pin in thread-specific data, so that making a key costs two system calls:
 * add_key and the one that sets its permissions.
 */
#include "kcapi_backend/keyring.h"

#include <errno.h>
#include <keyutils.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <time.h>

#define PIN_BYTES 4096 /* rounded up to a page by the kernel */
#define READ_FIRST 64  /* bytes: most keys fit, and are read by one call */
#define READ_TRIES 3   /* the key may grow between two reads */
#define RETRY_FIRST_US 500
#define RETRY_MOST_US 8000
#define JUST_FREED_US 100000 /* how long the kernel may take to collect a key */
#define POSSESSOR \
	(KEY_POS_VIEW | KEY_POS_READ | KEY_POS_WRITE | KEY_POS_SEARCH | KEY_POS_SETATTR)

/* add_key()'s type; what its users may do. Whoever does not possess the keyring it is
 * in can destroy a key by SEARCH (invalidation). */
static const struct {
	const char *type;
	key_perm_t permissions;
} kinds[] = {
	[KEYRING_USER] = { "user", POSSESSOR | KEY_USR_VIEW | KEY_USR_READ |
					   KEY_USR_WRITE | KEY_USR_SEARCH },
	[KEYRING_LOGON] = { "logon", KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_SETATTR |
					     KEY_USR_VIEW | KEY_USR_SEARCH },
};

struct keyring_pin {
	LIST_ENTRY(keyring_pin) link;
	key_serial_t keyring;
	unsigned refs; /* keys, and threads that hold it as theirs */
	unsigned era;
	void *page;
};

LIST_HEAD(pin_list, keyring_pin);

static pthread_mutex_t pins_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pin_list pins = LIST_HEAD_INITIALIZER(pins);
static unsigned pins_era; /* counts keyring_forget() */
/* Pins of the parent: keys inherited from it still point to them. */
static struct keyring_pin *pins_forgotten __attribute__((used));
static atomic_uint keys_alive;
static atomic_uint_fast64_t keys_named;
static atomic_uint_fast64_t freed_last; /* when, in us; 0: never */

static pthread_once_t own_once = PTHREAD_ONCE_INIT;
static pthread_key_t own_pin;
static int own_error;
static atomic_bool own_ready;

static void
pin_destroy(struct keyring_pin *pin)
{
	(void)munmap(pin->page, PIN_BYTES);
	free(pin);
}

static void
pin_unref(struct keyring_pin *pin)
{
	bool last;

	(void)pthread_mutex_lock(&pins_lock);
	last = --pin->refs == 0;
	if (last)
		LIST_REMOVE(pin, link);
	(void)pthread_mutex_unlock(&pins_lock);
	if (last)
		pin_destroy(pin);
}

static void
pin_ref(struct keyring_pin *pin)
{
	(void)pthread_mutex_lock(&pins_lock);
	pin->refs++;
	(void)pthread_mutex_unlock(&pins_lock);
}

static void
own_thread_ends(void *pin)
{
	pin_unref(pin);
}

static void
own_init(void)
{
	own_error = pthread_key_create(&own_pin, own_thread_ends);
	atomic_store(&own_ready, own_error == 0);
}

/* The calling thread's credentials, with its process keyring, live from here
 * on as long as the mapping does. A fork by another thread just between the
 * two calls leaves the child with a copy; nothing can be done about that. */
static int
pin_create(key_serial_t keyring, struct keyring_pin **ret)
{
	struct keyring_pin *pin = calloc(1, sizeof *pin);

	if (pin == NULL)
		return -ENOMEM;
	pin->page = mmap(NULL, PIN_BYTES, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pin->page == MAP_FAILED) {
		free(pin);
		return -ENOMEM;
	}
	if (madvise(pin->page, PIN_BYTES, MADV_DONTFORK) != 0) {
		int err = -errno;

		pin_destroy(pin);
		return err;
	}
	pin->keyring = keyring;
	pin->era = pins_era;
	*ret = pin;
	return 0;
}

/* Counted; threads may share a process keyring. */
static int
pin_find(key_serial_t keyring, struct keyring_pin **ret)
{
	struct keyring_pin *pin;
	int err = 0;

	(void)pthread_mutex_lock(&pins_lock);
	LIST_FOREACH (pin, &pins, link) {
		if (pin->keyring == keyring)
			break;
	}
	if (pin == NULL) {
		err = pin_create(keyring, &pin);
		if (err == 0)
			LIST_INSERT_HEAD(&pins, pin, link);
	}
	if (err == 0)
		pin->refs++;
	(void)pthread_mutex_unlock(&pins_lock);
	if (err == 0)
		*ret = pin;
	return err;
}

/* The pin of the calling thread's process keyring, which is made if there is
 * none. Not counted for the caller: the thread itself holds it. */
static int
own_get(struct keyring_pin **ret)
{
	struct keyring_pin *pin;
	key_serial_t keyring;
	int err;

	(void)pthread_once(&own_once, own_init);
	if (own_error != 0)
		return -own_error;
	pin = pthread_getspecific(own_pin);
	if (pin == NULL) {
		keyring = keyctl_get_keyring_ID(KEY_SPEC_PROCESS_KEYRING, 1);
		if (keyring == -1)
			return -errno;
		err = pin_find(keyring, &pin);
		if (err != 0)
			return err;
		if (pthread_setspecific(own_pin, pin) != 0) {
			pin_unref(pin);
			return -ENOMEM;
		}
	}
	*ret = pin;
	return 0;
}

/* By KEY_SPEC_PROCESS_KEYRING, which the kernel finds faster than a serial. */
static int
key_add(enum keyring_kind kind, struct bytes value, key_serial_t *ret)
{
	char name[32];
	key_serial_t serial;

	/* Short, because the name counts for the quota; never the same twice,
	 * because add_key() would replace the other key; with a colon, because a
	 * logon key must have one. */
	(void)snprintf(name, sizeof name, "kt:%llx",
		(unsigned long long)atomic_fetch_add(&keys_named, 1));
	serial = add_key(
		kinds[kind].type, name, value.p, value.n, KEY_SPEC_PROCESS_KEYRING);
	if (serial == -1)
		return -errno;
	if (keyctl_setperm(serial, kinds[kind].permissions) != 0) {
		int err = -errno;

		(void)keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
		return err;
	}
	*ret = serial;
	return 0;
}

static int
key_add_own(enum keyring_kind kind, struct bytes value, struct keyring_key *ret)
{
	struct keyring_pin *pin = NULL;
	key_serial_t serial = 0;
	int err;

	err = own_get(&pin);
	if (err != 0)
		return err;
	err = key_add(kind, value, &serial);
	if (err != 0)
		return err;
	pin_ref(pin);
	(void)atomic_fetch_add(&keys_alive, 1);
	*ret = (struct keyring_key){ serial, pin };
	return 0;
}

static uint64_t
now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Is there room to come? */
static bool
freed_just_now(void)
{
	uint64_t last = atomic_load_explicit(&freed_last, memory_order_relaxed);

	return last != 0 && now_us() - last < JUST_FREED_US;
}

int
keyring_key_new(enum keyring_kind kind, struct bytes value, unsigned wait_ms,
	struct keyring_key *ret)
{
	uint64_t pause = RETRY_FIRST_US;
	uint64_t deadline;
	int err;

	err = key_add_own(kind, value, ret);
	if (err != -EDQUOT || wait_ms == 0 || !freed_just_now())
		return err;
	deadline = now_us() + (uint64_t)wait_ms * 1000;
	while (err == -EDQUOT) {
		uint64_t now = now_us();
		struct timespec ts = { 0 };

		if (now >= deadline)
			break;
		if (pause > deadline - now)
			pause = deadline - now;
		ts.tv_nsec = (long)pause * 1000;
		(void)nanosleep(&ts, NULL);
		err = key_add_own(kind, value, ret);
		if (pause < RETRY_MOST_US)
			pause *= 2;
	}
	return err;
}

int
keyring_key_read(const struct keyring_key *key, struct secret *ret)
{
	size_t want = READ_FIRST;

	for (int i = 0; i < READ_TRIES; i++) {
		struct secret s;
		long n;
		int err = secret_new(want, &s);

		if (err != 0)
			return err;
		n = keyctl_read(key->serial, (char *)s.p, s.n);
		if (n >= 0 && (size_t)n <= want) {
			s.n = (size_t)n;
			*ret = s;
			return 0;
		}
		err = -errno;
		secret_free(&s);
		if (n < 0)
			return err;
		want = (size_t)n;
	}
	return -EAGAIN;
}

int
keyring_key_update(const struct keyring_key *key, struct bytes value)
{
	return keyctl_update(key->serial, value.p, value.n) == 0 ? 0 : -errno;
}

/* The last link gone, the key is gone (after an RCU grace period), and at less
 * cost to the kernel than by invalidation; but only possessors of the keyring
 * may take a link out of it. */
static void
key_destroy(key_serial_t serial, const struct keyring_pin *pin)
{
	key_serial_t from = pthread_getspecific(own_pin) == pin ? KEY_SPEC_PROCESS_KEYRING
								: pin->keyring;

	if (keyctl_unlink(serial, from) != 0)
		(void)keyctl_invalidate(serial);
}

void
keyring_key_free(struct keyring_key *key)
{
	struct keyring_pin *pin = key->pin;

	/* A key of the parent's must go on living there. */
	if (pin != NULL && pin->era == pins_era) {
		key_destroy(key->serial, pin);
		(void)atomic_fetch_sub(&keys_alive, 1);
		atomic_store_explicit(&freed_last, now_us(), memory_order_relaxed);
		pin_unref(pin);
	}
	*key = (struct keyring_key){ 0 };
}

void
keyring_forget(void)
{
	static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
	static const pthread_once_t fresh_once = PTHREAD_ONCE_INIT;

	memcpy(&pins_lock, &fresh, sizeof fresh);
	pins_forgotten = LIST_FIRST(&pins);
	LIST_INIT(&pins);
	pins_era++;
	atomic_store(&keys_alive, 0);
	atomic_store(&freed_last, 0);
	if (atomic_load(&own_ready))
		(void)pthread_setspecific(own_pin, NULL);
	else /* the parent may have been in the middle of it */
		memcpy(&own_once, &fresh_once, sizeof fresh_once);
}

unsigned
keyring_keys_alive(void)
{
	return atomic_load(&keys_alive);
}
