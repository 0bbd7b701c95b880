/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BIO over a connection's memory: reads from c->in, appends to c->out. One
 * copy less than BIO_s_mem, and nothing is kept while the connection idles.
 */
#pragma once

#include <openssl/bio.h>

struct rpc_conn;

BIO *rpc_conn_bio_new(struct rpc_conn *c);
