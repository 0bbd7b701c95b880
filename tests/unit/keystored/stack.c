/* SPDX-License-Identifier: Apache-2.0 */
#include "common/request_id.h"
#include "tests/unit/keystored/stack.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES 1200 /* of 25 ms */

/* --- Certificates ---------------------------------------------------------- */

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

#define NEW_KEY "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

static void
certificate(const char *dir, const char *name, const char *names)
{
	shell("cd %s && umask 077 && openssl req " NEW_KEY
	      " -keyout %s.key -subj /CN=%s -out %s.csr 2>/dev/null && "
	      "printf 'subjectAltName=%s' >%s.ext && "
	      "openssl x509 -req -in %s.csr -CA ca.crt -CAkey ca.key -CAcreateserial "
	      "-days 2 -extfile %s.ext -out %s.crt 2>/dev/null",
		dir, name, name, name, names, name, name, name, name);
}

static void
certificates(const char *dir)
{
	shell("cd %s && umask 077 && openssl req -x509 " NEW_KEY
	      " -keyout ca.key -subj /CN=ca -days 2 -out ca.crt 2>/dev/null",
		dir);
	certificate(dir, "server", "DNS:localhost,IP:127.0.0.1");
	certificate(dir, "host-1", "DNS:host-1");
	certificate(dir, "host-2", "DNS:host-2");
	certificate(dir, "admin", "DNS:admin");
}

/* --- The server ------------------------------------------------------------ */

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
configure(const struct stack *s)
{
	char text[2048];

	(void)snprintf(text, sizeof text,
		"[listen]\naddress = 127.0.0.1:%u\n"
		"[tls]\ncertificate = %s/server.crt\nkey = %s/server.key\nca = "
		"%s/ca.crt\n"
		"[storage]\nurl = sqlite:%s/keystore.db\n"
		"[masterkey]\nfile = %s/master.key\ncreate = yes\n"
		"[access]\nadministrators = admin\n"
		"create-tokens = host-1, host-2\n"
		"%s",
		s->port, s->dir, s->dir, s->dir, s->dir, s->dir,
		s->extra != NULL ? s->extra : "[pins]\nscrypt-log-n = 10\n");
	write_file(s->dir, "keystored.ini", text);
}

static void
exec_server(const struct stack *s)
{
	const char *program = getenv("KEYSTORED");
	char config[128], port[128], log[128];
	int fd;

	(void)snprintf(config, sizeof config, "%s/keystored.ini", s->dir);
	(void)snprintf(port, sizeof port, "%s/port", s->dir);
	(void)snprintf(log, sizeof log, "%s/log", s->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	/* a test that fails leaves nobody behind */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (program != NULL && fd >= 0 && dup2(fd, 2) == 2)
		(void)execl(program, "keystored", "--config", config, "--port-file", port,
			(char *)NULL);
	_exit(127);
}

static unsigned
read_port(const struct stack *s)
{
	char path[128];
	unsigned port = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/port", s->dir);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%u", &port) != 1)
		port = 0;
	(void)fclose(f);
	return port;
}

static void
pause_25ms(void)
{
	const struct timespec t = { 0, 25000000 };

	(void)nanosleep(&t, NULL);
}

void
stack_run(struct stack *s)
{
	char path[128];

	configure(s);
	(void)snprintf(path, sizeof path, "%s/port", s->dir);
	(void)unlink(path);
	s->pid = fork();
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0)
		exec_server(s);
	for (int i = 0; i < TRIES && (s->port = read_port(s)) == 0; i++) {
		if (waitpid(s->pid, NULL, WNOHANG) != 0)
			break;
		pause_25ms();
	}
	if (s->port == 0)
		shell("cat %s/log >&2", s->dir);
	ck_assert_msg(s->port != 0, "keystored does not start");
}

void
stack_start(struct stack *s, const char *extra)
{
	*s = (struct stack){ .dir = "/tmp/keystored-test.XXXXXX", .extra = extra };
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	certificates(s->dir);
	stack_run(s);
}

void
stack_kill(struct stack *s, int signal)
{
	int status;

	ck_assert_int_eq(kill(s->pid, signal), 0);
	for (int i = 0; i < TRIES; i++) {
		pid_t pid = waitpid(s->pid, &status, WNOHANG);

		ck_assert_int_ge(pid, 0);
		if (pid == s->pid) {
			s->pid = 0;
			break;
		}
		pause_25ms();
	}
	ck_assert_msg(s->pid == 0, "keystored does not stop");
	if (signal == SIGTERM && status != 0)
		shell("cat %s/log >&2", s->dir);
	if (signal == SIGTERM)
		ck_assert_int_eq(status, 0);
}

void
stack_stop(struct stack *s)
{
	if (s->pid != 0)
		stack_kill(s, SIGTERM);
	shell("rm -rf %s", s->dir);
}

/* --- Hosts ----------------------------------------------------------------- */

static void
channel_open(struct host *h, struct stack *s, const char *name, unsigned rounds,
	unsigned delay_ms)
{
	char ca[128], cert[128], key[128], endpoint[32], err[512] = "";
	const char *endpoints[] = { endpoint, NULL };
	const struct rpc_channel_options options = { .endpoints = endpoints,
		.max_rounds = rounds,
		.retry_delay_ms = delay_ms,
		.connect_timeout_ms = 20000,
		.keepalive_ms = 20000 };
	struct rpc_channel_options o = options;

	*h = (struct host){ .stack = s };
	(void)snprintf(ca, sizeof ca, "%s/ca.crt", s->dir);
	(void)snprintf(cert, sizeof cert, "%s/%s.crt", s->dir, name);
	(void)snprintf(key, sizeof key, "%s/%s.key", s->dir, name);
	(void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", s->port);
	ck_assert_msg(rpc_tls_client(ca, name != NULL ? cert : NULL,
			      name != NULL ? key : NULL, &h->tls, err, sizeof err) == 0,
		"%s", err);
	h->base = event_base_new();
	ck_assert_ptr_nonnull(h->base);
	o.tls = h->tls;
	ck_assert_int_eq(rpc_channel_new(h->base, &o, &h->channel), 0);
}

void
host_open(struct host *h, struct stack *s, const char *name)
{
	channel_open(h, s, name, 40, 100);
}

void
host_open_usual(struct host *h, struct stack *s, const char *name)
{
	channel_open(h, s, name, 0, 0);
}

void
host_close(struct host *h)
{
	rpc_channel_free(h->channel);
	rpc_tls_free(h->tls);
	event_base_free(h->base);
}

void
host_greet(struct host *h)
{
	Keystore__V1__HelloRequest rq = KEYSTORE__V1__HELLO_REQUEST__INIT;

	rq.min_version = rq.max_version = REMOTE_VERSION;
	ck_assert_int_eq(host_call(h, REMOTE_HELLO, &rq, NULL), CKR_OK);
}

CK_RV
host_call(struct host *h, enum remote_method method, const void *request, void *ret)
{
	ProtobufCMessage *response = NULL;

	ck_assert_int_eq(remote_call_sync(h->base, h->channel, method, request, 60000,
				 &h->status, &response),
		0);
	if (ret != NULL)
		memcpy(ret, &response, sizeof response);
	else if (response != NULL)
		response_free(response);
	/* a failure without a CK_RV is as telling as one with */
	if (h->status.code != RPC_OK && h->status.ckr == 0)
		return CKR_GENERAL_ERROR;
	return remote_ckr(&h->status);
}

void
response_free(void *response)
{
	if (response != NULL)
		protobuf_c_message_free_unpacked(response, &rpc_allocator);
}

ProtobufCBinaryData
fresh_id(uint8_t id[16])
{
	ck_assert_int_eq(request_id_new(id), 0);
	return bin(id, 16);
}

void
run_ms(struct host *h, unsigned ms)
{
	const struct timeval t = { ms / 1000, (ms % 1000) * 1000 };

	(void)event_base_loopexit(h->base, &t);
	(void)event_base_dispatch(h->base);
}

/* --- Tokens ---------------------------------------------------------------- */

CK_RV
login(struct host *h, Keystore__V1__Role role, const char *pin)
{
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	Keystore__V1__LoginResponse *rs = NULL;
	uint8_t id[16];
	CK_RV rv;

	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.role = role;
	rq.pin = bin_str(pin);
	rq.client = (char *)(uintptr_t) "test";
	rv = host_call(h, REMOTE_LOGIN, &rq, &rs);
	if (rv == CKR_OK) {
		ck_assert_uint_eq(rs->ticket.len, 32);
		memcpy(h->ticket.b, rs->ticket.data, 32);
	}
	response_free(rs);
	return rv;
}

static void
init_token(struct host *h)
{
	Keystore__V1__InitTokenRequest rq = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	Keystore__V1__InitTokenResponse *rs = NULL;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.label = (char *)(uintptr_t) "a token";
	rq.so_pin = bin_str(SO_PIN);
	ck_assert_msg(host_call(h, REMOTE_INIT_TOKEN, &rq, &rs) == CKR_OK, "%s",
		h->status.message);
	ck_assert_uint_eq(rs->token->id.len, 16);
	memcpy(h->token.b, rs->token->id.data, 16);
	response_free(rs);
}

static void
init_pin(struct host *h)
{
	Keystore__V1__InitPinRequest rq = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.ticket = bin(h->ticket.b, 32);
	rq.pin = bin_str(USER_PIN);
	ck_assert_int_eq(host_call(h, REMOTE_INIT_PIN, &rq, NULL), CKR_OK);
}

void
token_make(struct host *h)
{
	init_token(h);
	ck_assert_int_eq(login(h, KEYSTORE__V1__ROLE__ROLE_SO, SO_PIN), CKR_OK);
	init_pin(h);
	ck_assert_int_eq(login(h, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
}

void
token_share(struct host *h, const struct host *of)
{
	h->token = of->token;
}

/* --- Templates and objects --------------------------------------------------- */

static Keystore__V1__Attribute *
add(struct template *t, uint64_t type)
{
	Keystore__V1__Attribute *a = &t->list[t->n];

	ck_assert_uint_lt(t->n, 24);
	keystore__v1__attribute__init(a);
	a->type = type;
	t->pointers[t->n++] = a;
	return a;
}

void
add_flag(struct template *t, uint64_t type, bool value)
{
	Keystore__V1__Attribute *a = add(t, type);

	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_FLAG;
	a->flag = value;
}

void
add_number(struct template *t, uint64_t type, uint64_t value)
{
	Keystore__V1__Attribute *a = add(t, type);

	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_NUMBER;
	a->number = value;
}

void
add_octets(struct template *t, uint64_t type, const void *p, size_t n)
{
	Keystore__V1__Attribute *a = add(t, type);

	a->value_case = KEYSTORE__V1__ATTRIBUTE__VALUE_OCTETS;
	a->octets = bin(p, n);
}

const Keystore__V1__Attribute *
find(const Keystore__V1__Object *o, uint64_t type)
{
	for (size_t i = 0; i < o->n_attributes; i++)
		if (o->attributes[i]->type == type)
			return o->attributes[i];
	return NULL;
}

Keystore__V1__CreateObjectResponse *
create_data(struct host *h, const char *label, bool private, CK_RV *ret_ckr)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs = NULL;
	struct template t = { .n = 0 };
	uint8_t id[16];

	add_number(&t, CKA_CLASS, CKO_DATA);
	add_flag(&t, CKA_TOKEN, true);
	add_flag(&t, CKA_PRIVATE, private);
	add_octets(&t, CKA_LABEL, label, strlen(label));
	add_octets(&t, CKA_VALUE, "content", 7);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	*ret_ckr = host_call(h, REMOTE_CREATE_OBJECT, &rq, &rs);
	return rs;
}

CK_RV
destroy(struct host *h, ProtobufCBinaryData object)
{
	Keystore__V1__DestroyObjectRequest rq =
		KEYSTORE__V1__DESTROY_OBJECT_REQUEST__INIT;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.object_id = object;
	return host_call(h, REMOTE_DESTROY_OBJECT, &rq, NULL);
}

static Keystore__V1__GenerateKeyPairResponse *
pair_ask(struct host *h, uint64_t mechanism, bool pub_token, bool priv_token,
	const uint64_t *more, CK_RV *ret_ckr)
{
	static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
		0x01, 0x07 };
	static const uint8_t ed25519[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	uint8_t id[16];

	m.type = mechanism;
	if (mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN)
		add_number(&pub, CKA_MODULUS_BITS, 2048);
	else if (mechanism == CKM_ML_DSA_KEY_PAIR_GEN)
		add_number(&pub, CKA_PARAMETER_SET, CKP_ML_DSA_65);
	else if (mechanism == CKM_SLH_DSA_KEY_PAIR_GEN)
		add_number(&pub, CKA_PARAMETER_SET, CKP_SLH_DSA_SHAKE_256S);
	else if (mechanism == CKM_EC_EDWARDS_KEY_PAIR_GEN)
		add_octets(&pub, CKA_EC_PARAMS, ed25519, sizeof ed25519);
	else if (mechanism != CKM_IBM_DILITHIUM)
		add_octets(&pub, CKA_EC_PARAMS, p256, sizeof p256);
	add_flag(&pub, CKA_TOKEN, pub_token);
	add_flag(&pub, CKA_VERIFY, true);
	add_flag(&priv, CKA_TOKEN, priv_token);
	add_flag(&priv, CKA_PRIVATE, true);
	add_flag(&priv, CKA_SIGN, true);
	for (; *more != 0; more++)
		add_flag(&priv, *more, true);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	*ret_ckr = host_call(h, REMOTE_GENERATE_KEY_PAIR, &rq, &rs);
	return rs;
}

Keystore__V1__GenerateKeyPairResponse *
generate_pair(struct host *h, uint64_t mechanism, bool pub_token, bool priv_token,
	CK_RV *ret_ckr)
{
	static const uint64_t none;

	return pair_ask(h, mechanism, pub_token, priv_token, &none, ret_ckr);
}

Keystore__V1__GenerateKeyPairResponse *
generate_pair_that(struct host *h, uint64_t mechanism, bool token, const uint64_t *more,
	CK_RV *ret_ckr)
{
	return pair_ask(h, mechanism, token, token, more, ret_ckr);
}

CK_RV
sign(struct host *h, const Keystore__V1__KeyRef *key, uint64_t mechanism,
	ProtobufCBinaryData data, Keystore__V1__SignResponse **ret)
{
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;

	m.type = mechanism;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = (Keystore__V1__KeyRef *)(uintptr_t)key;
	rq.mechanism = &m;
	rq.data = data;
	return host_call(h, REMOTE_SIGN, &rq, ret);
}

/* --- Following --------------------------------------------------------------- */

static void
on_message(void *arg, const ProtobufCMessage *message)
{
	const Keystore__V1__WatchResponse *rs =
		(const Keystore__V1__WatchResponse *)message;
	struct follower *f = arg;

	f->messages++;
	f->epoch = rs->epoch;
	f->revision = rs->revision;
	f->changed += (unsigned)rs->n_changed;
	f->deleted += (unsigned)rs->n_deleted;
	f->tokens += rs->token != NULL;
	f->current |= rs->current != 0;
	f->gone |= rs->gone != 0;
	f->restart |= rs->restart != 0;
	if (rs->n_changed != 0)
		memcpy(f->last_id, rs->changed[rs->n_changed - 1]->id.data, 16);
}

static void
on_over(void *arg, const struct rpc_status *status, const ProtobufCMessage *none)
{
	struct follower *f = arg;

	(void)none;
	f->status = *status;
	f->call = NULL;
	f->over = true;
}

void
follow(struct follower *f, struct host *h, bool with_ticket, uint64_t epoch,
	uint64_t revision)
{
	Keystore__V1__WatchRequest rq = KEYSTORE__V1__WATCH_REQUEST__INIT;
	const struct remote_method_info *m = &remote_methods[REMOTE_WATCH];

	*f = (struct follower){ .host = h };
	rq.token_id = bin(h->token.b, 16);
	if (with_ticket)
		rq.ticket = bin(h->ticket.b, 32);
	rq.epoch = epoch;
	rq.revision = revision;
	ck_assert_int_eq(rpc_server_stream(h->channel, m->path, &rq.base, m->response,
				 on_message, on_over, f, &f->call),
		0);
}

void
follow_until(struct follower *f, const bool *what)
{
	for (int i = 0; i < TRIES && !*what; i++)
		run_ms(f->host, 25);
	ck_assert_msg(*what, "waited in vain; status %d %s", (int)f->status.code,
		f->status.message);
}

void
follow_count(struct follower *f, const unsigned *what, unsigned n)
{
	for (int i = 0; i < TRIES && *what < n; i++)
		run_ms(f->host, 25);
	ck_assert_uint_eq(*what, n);
}

void
follow_end(struct follower *f)
{
	ck_assert_msg(!f->over, "ended: %d %s", (int)f->status.code, f->status.message);
	rpc_cancel(f->call);
	f->call = NULL;
	run_ms(f->host, 5); /* the cancellation leaves */
}
