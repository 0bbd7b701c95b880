/* SPDX-License-Identifier: Apache-2.0 */
/* The session of a connection, and out of it: session -> scratch->out -> SSL -> c->out. */
#include <errno.h>

#include "remote/rpc/conn.h"
#include "remote/rpc/frame.h"

static void
plain_flush(struct rpc_conn *c)
{
	struct conn_scratch *s = c->scratch;
	size_t done;

	/* Memory takes everything: a short or blocked write cannot be. */
	if (s->out_n != 0 && !c->failed &&
		SSL_write_ex(c->ssl, s->out, s->out_n, &done) != 1)
		rpc_conn_fail_tls(c);
	wipe(s->out, s->out_n);
	s->out_n = 0;
}

static void
plain_put(struct rpc_conn *c, const uint8_t *p, size_t n)
{
	struct conn_scratch *s = c->scratch;

	while (n != 0) {
		size_t part = sizeof s->out - s->out_n;

		part = part < n ? part : n;
		memcpy(s->out + s->out_n, p, part);
		s->out_n += part;
		p += part;
		n -= part;
		if (s->out_n == sizeof s->out)
			plain_flush(c);
	}
}

static int
on_send_data(nghttp2_session *h2 UNUSED, nghttp2_frame *frame UNUSED, const uint8_t *head,
	size_t length, nghttp2_data_source *source, void *user_data)
{
	struct rpc_conn *c = user_data;
	struct conn_body *body = source->ptr;

	/* else one pull would take whole bodies, and what is reset comes behind them */
	if (c->out.n >= CONN_OUT_HIGH)
		return NGHTTP2_ERR_WOULDBLOCK;
	/* Not through nghttp2's own buffers: they are not wiped. */
	plain_put(c, head, 9);
	plain_put(c, body->data.p + body->sent, length);
	body->sent += length;
	if (body->sent == body->data.n && !body->keep) {
		buf_reset(&body->data);
		body->sent = 0;
	}
	return 0;
}

size_t
rpc_conn_body_left(const struct conn_body *body)
{
	return body->data.n - body->sent;
}

ssize_t
rpc_conn_body_read(struct conn_body *body, size_t length, uint32_t *flags)
{
	size_t left = rpc_conn_body_left(body);
	size_t n = left < length ? left : length;

	if (n == 0 && !body->ended)
		return NGHTTP2_ERR_DEFERRED;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (n == left && body->ended)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

void
rpc_conn_pull(struct rpc_conn *c)
{
	const uint8_t *p;
	ssize_t n;

	while (c->h2 != NULL && !c->failed && c->out.n < CONN_OUT_HIGH) {
		n = nghttp2_session_mem_send(c->h2, &p);
		if (n < 0)
			rpc_conn_fail(c, "HTTP/2: %s", nghttp2_strerror((int)n));
		if (n <= 0)
			break;
		plain_put(c, p, (size_t)n);
	}
	plain_flush(c);
}

int
rpc_conn_h2_new(struct rpc_conn *c, nghttp2_session_callbacks *callbacks)
{
	nghttp2_option *option;
	int rc;

	if (nghttp2_option_new(&option) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_max_settings(option, 32);
#ifdef HAVE_H2_RESET_RATE
	nghttp2_option_set_stream_reset_rate_limit(option, 4 * RPC_MAX_STREAMS, 512);
#endif
#ifdef HAVE_H2_CONTINUATIONS
	nghttp2_option_set_max_continuations(option, 8);
#endif
#ifdef HAVE_H2_GLITCH_RATE
	nghttp2_option_set_glitch_rate_limit(option, 1000, 33);
#endif
	rc = c->server ? nghttp2_session_server_new3(
				 &c->h2, callbacks, c, option, &rpc_frame_h2_mem)
		       : nghttp2_session_client_new3(
				 &c->h2, callbacks, c, option, &rpc_frame_h2_mem);
	nghttp2_option_del(option);
	return rc == 0 ? 0 : -ENOMEM;
}
