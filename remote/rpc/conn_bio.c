/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/conn_bio.h"

#include <pthread.h>

#include "remote/rpc/conn.h"

static int
memory_write(BIO *bio, const char *p, size_t n, size_t *ret_n)
{
	struct rpc_conn *c = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_put(&c->out, p, n);
	if (!buf_ok(&c->out))
		return 0;
	*ret_n = n;
	return 1;
}

static int
memory_read(BIO *bio, char *p, size_t n, size_t *ret_n)
{
	struct rpc_conn *c = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (c->in.n == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	n = n < c->in.n ? n : c->in.n;
	memcpy(p, c->in.p, n);
	c->in.p += n;
	c->in.n -= n;
	*ret_n = n;
	return 1;
}

static long
memory_ctrl(BIO *bio UNUSED, int cmd, long num UNUSED, void *ptr UNUSED)
{
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static BIO_METHOD *method;

/* One method for the life of the process: connections share it. */
static void
method_make(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
	if (method == NULL)
		return;
	(void)BIO_meth_set_write_ex(method, memory_write);
	(void)BIO_meth_set_read_ex(method, memory_read);
	(void)BIO_meth_set_ctrl(method, memory_ctrl);
}

BIO *
rpc_conn_bio_new(struct rpc_conn *c)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio = NULL;

	(void)pthread_once(&once, method_make);
	if (method != NULL)
		bio = BIO_new(method);
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	return bio;
}
