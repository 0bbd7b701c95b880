/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/conf.h"
#include "remote/crypto/seal.h"

#define HEX (2 * SEAL_KEY)

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_decode(const uint8_t *text, uint8_t *out)
{
	for (size_t i = 0; i < SEAL_KEY; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* 32 raw bytes, or 64 digits with at most one newline behind them. */
static bool
master_key_parse(struct bytes text, uint8_t *out)
{
	if (text.n == SEAL_KEY) {
		memcpy(out, text.p, SEAL_KEY);
		return true;
	}
	if (text.n == HEX + 1 && text.p[HEX] == '\n')
		text.n = HEX;
	return text.n == HEX && hex_decode(text.p, out);
}

static ssize_t
read_whole(int fd, uint8_t *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, p + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* The file that is open, not what had its name a moment ago. */
static int
check_open_file(int fd, const char *path)
{
	struct conf_error why;
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : conf_check_secret(path, &st, false, &why);
}

int
master_key_read(const char *path, struct master_key *ret, char *err, size_t err_len)
{
	CLEANUP(secret_free)
	struct secret text = SECRET_NONE, key = SECRET_NONE;
	CLEANUP(cleanup_close)
	int fd = -1;
	struct conf_error why;
	ssize_t n;
	int r;

	r = conf_check_secret_file(path, false, &why);
	if (r < 0) {
		(void)snprintf(err, err_len, "%s", why.text);
		return r;
	}
	r = secret_new(HEX + 2, &text);
	if (r == 0)
		r = secret_new(SEAL_KEY, &key);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r == 0)
		r = fd < 0 ? -errno : check_open_file(fd, path);
	n = r < 0 ? r : read_whole(fd, text.p, text.n);
	if (n < 0) {
		(void)snprintf(err, err_len, "%s: cannot read the master key: %s", path,
			strerror((int)-n));
		return (int)n;
	}
	if (!master_key_parse(BYTES(text.p, (size_t)n), key.p)) {
		(void)snprintf(err, err_len,
			"%s: not a master key: it holds neither %u bytes nor %u "
			"hexadecimal "
			"digits; make one with tokenctl masterkey create",
			path, SEAL_KEY, HEX);
		return -EINVAL;
	}
	ret->key = key;
	ret->generation = 1;
	key = SECRET_NONE;
	return 0;
}

static int
write_key(int fd)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret text = SECRET_NONE;
	static const char digits[] = "0123456789abcdef";
	size_t done = 0;
	int r = secret_new(SEAL_KEY, &key);

	if (r == 0)
		r = secret_new(HEX + 1, &text);
	if (r < 0)
		return r;
	if (getrandom(key.p, key.n, 0) != (ssize_t)key.n)
		return -EIO;
	for (size_t i = 0; i < SEAL_KEY; i++) {
		text.p[2 * i] = (uint8_t)digits[key.p[i] >> 4];
		text.p[2 * i + 1] = (uint8_t)digits[key.p[i] & 15];
	}
	text.p[HEX] = '\n';
	while (done < text.n) {
		ssize_t n = write(fd, text.p + done, text.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The file's name on disk too: a database sealed under a key that a power cut
 * takes away is lost. */
static int
sync_folder(const char *path)
{
	CLEANUP(cleanup_free)
	char *folder = strdup(path);
	CLEANUP(cleanup_close)
	int fd = -1;
	char *slash = folder == NULL ? NULL : strrchr(folder, '/');

	if (folder == NULL)
		return -ENOMEM;
	if (slash != NULL)
		slash[1] = '\0';
	fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int
master_key_create(const char *path, char *err, size_t err_len)
{
	CLEANUP(cleanup_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = fd < 0 ? -errno : write_key(fd);

	if (r == 0)
		r = sync_folder(path);
	if (r == 0)
		return 0;
	(void)snprintf(err, err_len, "%s: cannot make the master key: %s", path,
		r == -EEXIST ? "there is a file of that name; a master key is never "
			       "overwritten"
			     : strerror(-r));
	if (fd >= 0)
		(void)unlink(path);
	return r;
}

void
master_key_free(struct master_key *mk)
{
	secret_free(&mk->key);
	mk->generation = 0;
}
