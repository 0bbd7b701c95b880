/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys as PEM files. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "tools/cert.h"
#include "tools/tokenctl.h"

/* Through the descriptor, without stdio's buffer: that is not wiped. */
static int
pem_write(int fd, const struct cert *c, bool key)
{
	BIO *bio = BIO_new_fd(fd, BIO_NOCLOSE);
	int ok;

	if (bio == NULL)
		return -ENOMEM;
	ERR_clear_error();
	errno = 0;
	ok = key ? PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL)
		 : PEM_write_bio_X509(bio, c->x509);
	BIO_free(bio);
	if (ok != 1)
		return errno != 0 ? -errno : -EIO;
	return fsync(fd) == 0 ? 0 : -errno;
}

static int
file_write(const char *path, const struct cert *c, bool key)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	int r;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = pem_write(fd, c, key);
	if (r == 0 && !key && fchmod(fd, 0644) != 0)
		r = -errno;
	if (r < 0)
		(void)unlink(path);
	return r;
}

int
cert_write(const struct cert *c, const char *cert_path, const char *key_path,
	const char **ret_path)
{
	int r;

	*ret_path = key_path;
	r = file_write(key_path, c, true);
	if (r < 0)
		return r;
	*ret_path = cert_path;
	r = file_write(cert_path, c, false);
	if (r < 0)
		(void)unlink(key_path);
	return r;
}

static int
refuse_passphrase(char *buf, int size, int rwflag, void *arg)
{
	return -1; /* else OpenSSL asks for one on the terminal */
}

static int
read_error(const char *path, const char *what)
{
	int e = errno;

	tool_error("%s: cannot be read as %s: %s", path, what,
		e != 0 ? strerror(e) : cert_error());
	ERR_clear_error();
	return e != 0 ? -e : -EBADMSG;
}

static BIO *
file_open(const char *path)
{
	BIO *bio;

	ERR_clear_error();
	errno = 0;
	bio = BIO_new_file(path, "re");
	if (bio != NULL)
		errno = 0;
	return bio;
}

int
cert_read(const char *cert_path, const char *key_path, struct cert *ret)
{
	CLEANUP(cert_free)
	struct cert c = CERT_NONE;
	struct conf_error err;
	BIO *bio;
	int r;

	bio = file_open(cert_path);
	c.x509 = bio != NULL ? PEM_read_bio_X509(bio, NULL, refuse_passphrase, NULL)
			     : NULL;
	BIO_free(bio);
	if (c.x509 == NULL)
		return read_error(cert_path, "a certificate in PEM");
	r = conf_check_secret_file(key_path, false, &err);
	if (r < 0) {
		tool_error("%s", err.text);
		return r;
	}
	bio = file_open(key_path);
	c.key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL)
			    : NULL;
	BIO_free(bio);
	if (c.key == NULL)
		return read_error(key_path, "a key in PEM without a passphrase");
	if (X509_check_private_key(c.x509, c.key) != 1) {
		tool_error("%s is not the key of %s", key_path, cert_path);
		ERR_clear_error();
		return -EINVAL;
	}
	*ret = c;
	c = CERT_NONE;
	return 0;
}
