/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption and decryption of many messages with one key (5.9, 5.11), for keys here and keys
 * with keyringd. */
#include "tests/api/api.h"
#include "tests/unit/crypto/vectors.h"

#define ROOM 256
#define TAG 16

static CK_SESSION_HANDLE s;
static CK_OBJECT_HANDLE key;
static CK_ULONG n;
static unsigned char out[ROOM], data[64] = "a message", iv[16], tag[TAG];
static CK_MECHANISM gcm = { CKM_AES_GCM, NULL, 0 };
static CK_GCM_MESSAGE_PARAMS param = { iv, 12, 0, CKG_NO_GENERATE, tag, 128 };

#define PARAM &param, sizeof param

static void
start(int readable)
{
	s = api_start();
	key = api_generate_aes(s, 32, readable);
}

static CK_RV
seal(CK_ULONG size)
{
	n = sizeof out;
	return F->C_EncryptMessage(s, PARAM, NULL, 0, data, size, out, &n);
}

/* --- Known answers ------------------------------------------------------------------ */

/* A vector as a message has it: the tag apart. */
struct message {
	CK_MECHANISM mechanism;
	CK_OBJECT_HANDLE key;
	unsigned char iv[ROOM], aad[ROOM], plain[ROOM], sealed[ROOM], tag[TAG];
	CK_ULONG aad_n, plain_n, tag_n;
	union {
		CK_GCM_MESSAGE_PARAMS gcm;
		CK_CCM_MESSAGE_PARAMS ccm;
		CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS chacha20;
	} param;
	CK_ULONG param_n;
};

static int
is_aead(CK_MECHANISM_TYPE type)
{
	return type == CKM_AES_GCM || type == CKM_AES_CCM ||
	       type == CKM_CHACHA20_POLY1305;
}

static void
set_param(struct message *m, CK_MECHANISM_TYPE type, CK_ULONG iv_n)
{
	if (type == CKM_AES_GCM) {
		m->param.gcm = (CK_GCM_MESSAGE_PARAMS){ m->iv, iv_n, 0, CKG_NO_GENERATE,
			m->tag, 8 * m->tag_n };
		m->param_n = sizeof m->param.gcm;
	} else if (type == CKM_AES_CCM) {
		m->param.ccm = (CK_CCM_MESSAGE_PARAMS){ m->plain_n, m->iv, iv_n, 0,
			CKG_NO_GENERATE, m->tag, m->tag_n };
		m->param_n = sizeof m->param.ccm;
	} else {
		m->param.chacha20 = (CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS){ m->iv,
			8 * iv_n, m->tag };
		m->param_n = sizeof m->param.chacha20;
	}
}

static void
message_load(const struct mode_vector *v, int readable, struct message *m)
{
	unsigned char value[ROOM];
	const CK_ULONG value_n = api_unhex(v->key, value);
	CK_ULONG whole;

	m->mechanism = (CK_MECHANISM){ v->mechanism, NULL, 0 };
	m->key =
		api_key(s, v->mechanism == CKM_CHACHA20_POLY1305 ? CKK_CHACHA20 : CKK_AES,
			value, value_n, readable);
	m->aad_n = api_unhex(v->aad, m->aad);
	m->plain_n = api_unhex(v->plain, m->plain);
	whole = api_unhex(v->sealed, m->sealed);
	m->tag_n = whole - m->plain_n;
	memcpy(m->tag, m->sealed + m->plain_n, m->tag_n);
	set_param(m, v->mechanism, api_unhex(v->iv, m->iv));
}

static void
try_whole(struct message *m)
{
	unsigned char given[TAG], buffer[ROOM];

	memcpy(given, m->tag, sizeof given);
	memset(m->tag, 0, sizeof m->tag);
	n = m->plain_n; /* no room for a tag is wanted */
	OK(F->C_EncryptMessage(s, &m->param, m->param_n, m->aad, m->aad_n, m->plain,
		m->plain_n, out, &n));
	ck_assert_uint_eq(n, m->plain_n);
	ck_assert_mem_eq(out, m->sealed, n);
	ck_assert_mem_eq(m->tag, given, m->tag_n);
	memcpy(buffer, m->sealed, m->plain_n);
	n = sizeof buffer;
	OK(F->C_DecryptMessage(s, &m->param, m->param_n, m->aad, m->aad_n, buffer,
		m->plain_n, buffer, &n));
	ck_assert_uint_eq(n, m->plain_n);
	ck_assert_mem_eq(buffer, m->plain, n);
}

/* first bytes, then the rest. */
static void
try_split(struct message *m, CK_ULONG first)
{
	unsigned char given[TAG];
	CK_ULONG done;

	memcpy(given, m->tag, sizeof given);
	memset(m->tag, 0, sizeof m->tag);
	OK(F->C_EncryptMessageBegin(s, &m->param, m->param_n, m->aad, m->aad_n));
	n = sizeof out;
	OK(F->C_EncryptMessageNext(
		s, &m->param, m->param_n, m->plain, first, out, &n, 0));
	done = n;
	n = sizeof out - done;
	OK(F->C_EncryptMessageNext(s, &m->param, m->param_n, m->plain + first,
		m->plain_n - first, out + done, &n, CKF_END_OF_MESSAGE));
	ck_assert_uint_eq(done + n, m->plain_n);
	ck_assert_mem_eq(out, m->sealed, m->plain_n);
	ck_assert_mem_eq(m->tag, given, m->tag_n);

	OK(F->C_DecryptMessageBegin(s, &m->param, m->param_n, m->aad, m->aad_n));
	n = sizeof out;
	OK(F->C_DecryptMessageNext(
		s, &m->param, m->param_n, m->sealed, first, out, &n, 0));
	/* not before the tag */
	ck_assert_uint_eq(n, 0);
	n = sizeof out;
	OK(F->C_DecryptMessageNext(s, &m->param, m->param_n, m->sealed + first,
		m->plain_n - first, out, &n, CKF_END_OF_MESSAGE));
	ck_assert_uint_eq(n, m->plain_n);
	ck_assert_mem_eq(out, m->plain, n);
}

START_TEST (known_answers_whole_and_split_anywhere) {
	struct message m;
	int tried = 0;

	s = api_start();
	for (size_t i = 0; i < COUNT(mode_vectors); i++) {
		if (!is_aead(mode_vectors[i].mechanism))
			continue;
		message_load(&mode_vectors[i], _i, &m);
		OK(F->C_MessageEncryptInit(s, &m.mechanism, m.key));
		OK(F->C_MessageDecryptInit(s, &m.mechanism, m.key));
		try_whole(&m);
		for (CK_ULONG first = 0; first <= m.plain_n; first++)
			try_split(&m, first);
		try_whole(&m);
		OK(F->C_MessageEncryptFinal(s));
		OK(F->C_MessageDecryptFinal(s));
		tried++;
	}
	ck_assert_int_ge(tried, 8);
	api_stop();
}
END_TEST

/* --- Output --------------------------------------------------------------------------- */

START_TEST (queries_and_short_buffers_use_nothing_up) {
	start(_i);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	param.ivGenerator = CKG_GENERATE_COUNTER;
	for (int i = 0; i < 3; i++) {
		n = 0;
		OK(F->C_EncryptMessage(s, PARAM, NULL, 0, data, 40, NULL, &n));
		ck_assert_uint_eq(n, 40);
		n = 39;
		IS(CKR_BUFFER_TOO_SMALL,
			F->C_EncryptMessage(s, PARAM, NULL, 0, data, 40, out, &n));
		ck_assert_uint_eq(n, 40);
	}
	OK(seal(40));
	ck_assert_uint_eq(iv[11], 0);
	/* of no bytes as well: a buffer of NULL asks, any other one is filled with none */
	OK(F->C_EncryptMessage(s, PARAM, data, 5, NULL, 0, NULL, &n));
	ck_assert_uint_eq(n, 0);
	OK(F->C_EncryptMessage(s, PARAM, data, 5, NULL, 0, out, &n));
	ck_assert_uint_eq(iv[11], 1);

	OK(F->C_EncryptMessageBegin(s, PARAM, NULL, 0));
	ck_assert_uint_eq(iv[11], 2);
	for (int i = 0; i < 2; i++) {
		const CK_FLAGS end = i == 0 ? 0 : CKF_END_OF_MESSAGE;

		n = 15;
		IS(CKR_BUFFER_TOO_SMALL,
			F->C_EncryptMessageNext(s, PARAM, data, 16, out, &n, end));
		OK(F->C_EncryptMessageNext(s, PARAM, data, 16, NULL, &n, end));
		ck_assert_uint_eq(n, 16);
		OK(F->C_EncryptMessageNext(s, PARAM, data, 16, out + 16 * i, &n, end));
	}
	param.ivGenerator = CKG_NO_GENERATE;
	OK(F->C_MessageDecryptInit(s, &gcm, key));
	OK(F->C_DecryptMessageBegin(s, PARAM, NULL, 0));
	n = 0;
	OK(F->C_DecryptMessageNext(s, PARAM, out, 20, NULL, &n, 0));
	OK(F->C_DecryptMessageNext(s, PARAM, out, 20, out + 64, &n, 0));
	OK(F->C_DecryptMessageNext(s, PARAM, out + 20, 12, NULL, &n, CKF_END_OF_MESSAGE));
	ck_assert_uint_eq(n, 32);
	n = 31;
	IS(CKR_BUFFER_TOO_SMALL, F->C_DecryptMessageNext(s, PARAM, out + 20, 12, out + 64,
					 &n, CKF_END_OF_MESSAGE));
	OK(F->C_DecryptMessageNext(
		s, PARAM, out + 20, 12, out + 64, &n, CKF_END_OF_MESSAGE));
	ck_assert_mem_eq(out + 64, data, 16);
	ck_assert_mem_eq(out + 80, data, 16);
	api_stop();
}
END_TEST

START_TEST (nothing_comes_out_of_what_is_not_authentic) {
	unsigned char sealed[64],
		*wrong[] = { tag, tag + 15, sealed, sealed + 63, iv, data };
	unsigned char none[64] = { 0 }, buffer[64];

	start(_i);
	memset(iv, 1, sizeof iv);
	OK(F->C_MessageEncryptInit(s, &gcm, key));
	OK(F->C_MessageDecryptInit(s, &gcm, key));
	n = sizeof sealed;
	OK(F->C_EncryptMessage(s, PARAM, data, 9, data, 64, sealed, &n));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		*wrong[i] ^= 0x80;
		memset(buffer, 0, sizeof buffer);
		n = sizeof buffer;
		IS(CKR_AEAD_DECRYPT_FAILED,
			F->C_DecryptMessage(s, PARAM, data, 9, sealed, 64, buffer, &n));
		ck_assert_mem_eq(buffer, none, sizeof none);
		OK(F->C_DecryptMessageBegin(s, PARAM, data, 9));
		OK(F->C_DecryptMessageNext(s, PARAM, sealed, 30, buffer, &n, 0));
		n = sizeof buffer;
		IS(CKR_AEAD_DECRYPT_FAILED, F->C_DecryptMessageNext(s, PARAM, sealed + 30,
						    34, buffer, &n, CKF_END_OF_MESSAGE));
		ck_assert_mem_eq(buffer, none, sizeof none);
		/* the message is over, its process is not */
		IS(CKR_OPERATION_NOT_INITIALIZED,
			F->C_DecryptMessageNext(s, PARAM, sealed, 30, buffer, &n, 0));
		*wrong[i] ^= 0x80;
		n = sizeof buffer;
		OK(F->C_DecryptMessage(s, PARAM, data, 9, sealed, 64, buffer, &n));
		ck_assert_mem_eq(buffer, data, sizeof buffer);
	}
	api_stop();
}
END_TEST

/* --- States ----------------------------------------------------------------------------- */

static CK_RV
call_one(void)
{
	return seal(16);
}

static CK_RV
call_begin(void)
{
	return F->C_EncryptMessageBegin(s, PARAM, NULL, 0);
}

static CK_RV
call_next(void)
{
	n = sizeof out;
	return F->C_EncryptMessageNext(s, PARAM, data, 16, out, &n, 0);
}

static CK_RV
call_last(void)
{
	n = sizeof out;
	return F->C_EncryptMessageNext(s, PARAM, data, 16, out, &n, CKF_END_OF_MESSAGE);
}

static CK_RV
call_final(void)
{
	return F->C_MessageEncryptFinal(s);
}

static CK_RV
call_init(void)
{
	return F->C_MessageEncryptInit(s, &gcm, key);
}

static CK_RV
call_give_up(void)
{
	return F->C_MessageEncryptInit(s, NULL, 0);
}

enum state { IDLE, READY, PARTS, STATES };

static const struct {
	CK_RV (*call)(void);
	CK_RV answers[STATES];
	enum state then[STATES];
} steps[] = {
	{ call_init, { CKR_OK, CKR_OPERATION_ACTIVE, CKR_OPERATION_ACTIVE },
		{ READY, READY, PARTS } },
	{ call_one, { CKR_OPERATION_NOT_INITIALIZED, CKR_OK, CKR_OPERATION_ACTIVE },
		{ IDLE, READY, PARTS } },
	{ call_begin, { CKR_OPERATION_NOT_INITIALIZED, CKR_OK, CKR_OPERATION_ACTIVE },
		{ IDLE, PARTS, PARTS } },
	{ call_next,
		{ CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED, CKR_OK },
		{ IDLE, READY, PARTS } },
	{ call_last,
		{ CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED, CKR_OK },
		{ IDLE, READY, READY } },
	{ call_final, { CKR_OPERATION_NOT_INITIALIZED, CKR_OK, CKR_OPERATION_ACTIVE },
		{ IDLE, IDLE, PARTS } },
	{ call_give_up, { CKR_ARGUMENTS_BAD, CKR_OK, CKR_OK }, { IDLE, IDLE, IDLE } },
};

static void
go_to(enum state state)
{
	OK(F->C_SessionCancel(s, CKF_MESSAGE_ENCRYPT));
	if (state != IDLE)
		OK(call_init());
	if (state == PARTS)
		OK(call_begin());
}

/* Told by what it takes. */
static enum state
where(void)
{
	if (call_final() == CKR_OK)
		return READY;
	return call_next() == CKR_OK ? PARTS : IDLE;
}

START_TEST (each_call_in_each_state) {
	start(_i);
	for (size_t i = 0; i < COUNT(steps); i++) {
		for (int from = IDLE; from < STATES; from++) {
			CK_RV rv;

			go_to((enum state)from);
			rv = steps[i].call();
			ck_assert_msg(rv == steps[i].answers[from],
				"step %zu from %d: %#lx", i, from, rv);
			ck_assert_int_eq(where(), steps[i].then[from]);
		}
	}
	api_stop();
}
END_TEST

START_TEST (session_cancel_ends_each_by_its_flag) {
	start(_i);
	for (int both = 0; both < 2; both++) {
		OK(call_init());
		OK(F->C_MessageDecryptInit(s, &gcm, key));
		OK(F->C_DecryptMessageBegin(s, PARAM, NULL, 0));
		OK(F->C_SessionCancel(s, CKF_ENCRYPT | CKF_DECRYPT));
		OK(seal(16));
		OK(F->C_SessionCancel(
			s, CKF_MESSAGE_DECRYPT | (both ? CKF_MESSAGE_ENCRYPT : 0)));
		n = sizeof out;
		IS(CKR_OPERATION_NOT_INITIALIZED,
			F->C_DecryptMessageNext(s, PARAM, data, 16, out, &n, 0));
		IS(CKR_OPERATION_NOT_INITIALIZED, F->C_MessageDecryptFinal(s));
		IS(both ? CKR_OPERATION_NOT_INITIALIZED : CKR_OK, seal(16));
		OK(F->C_SessionCancel(s, CKF_MESSAGE_ENCRYPT));
	}
	api_stop();
}
END_TEST

/* Each with its own: neither disturbs the other. */
START_TEST (a_process_stands_beside_an_operation_of_its_kind) {
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };

	start(_i);
	OK(call_init());
	OK(call_begin());
	OK(F->C_EncryptInit(s, &ecb, key));
	OK(call_next());
	n = sizeof out;
	OK(F->C_Encrypt(s, data, 16, out, &n));
	OK(call_last());
	OK(call_final());
	api_stop();
}
END_TEST

START_TEST (a_key_that_was_destroyed_is_told_by_each_call) {
	start(_i);
	OK(call_init());
	OK(call_begin());
	OK(F->C_DestroyObject(s, key));
	IS(CKR_KEY_HANDLE_INVALID, call_next());
	IS(CKR_KEY_HANDLE_INVALID, call_begin());
	IS(CKR_KEY_HANDLE_INVALID, call_one());
	OK(call_final());
	IS(CKR_KEY_HANDLE_INVALID, call_init());
	IS(CKR_OPERATION_NOT_INITIALIZED, call_one());
	api_stop();
}
END_TEST

/* --- Arguments ---------------------------------------------------------------------------- */

START_TEST (wrong_parameters_end_no_process) {
	static const struct {
		CK_GCM_MESSAGE_PARAMS p;
		CK_ULONG n;
		CK_RV one, begin;
	} cases[] = {
		{ { iv, 12, 0, CKG_NO_GENERATE, tag, 128 }, sizeof param, CKR_OK,
			CKR_OK },
		{ { NULL, 12, 0, CKG_GENERATE, tag, 128 }, sizeof param,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
		/* the tag is for the end */
		{ { iv, 12, 0, CKG_NO_GENERATE, NULL, 128 }, sizeof param,
			CKR_MECHANISM_PARAM_INVALID, CKR_OK },
		{ { iv, 0, 0, CKG_NO_GENERATE, tag, 128 }, sizeof param,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
		{ { iv, CK_UNAVAILABLE_INFORMATION, 0, CKG_NO_GENERATE, tag, 128 },
			sizeof param, CKR_MECHANISM_PARAM_INVALID,
			CKR_MECHANISM_PARAM_INVALID },
		{ { iv, 12, 0, CKG_NO_GENERATE, tag, 129 }, sizeof param,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
		{ { iv, 12, CK_UNAVAILABLE_INFORMATION, CKG_GENERATE, tag, 128 },
			sizeof param, CKR_MECHANISM_PARAM_INVALID,
			CKR_MECHANISM_PARAM_INVALID },
		{ { iv, 12, 0, CK_UNAVAILABLE_INFORMATION, tag, 128 }, sizeof param,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
		{ { iv, 12, 0, CKG_NO_GENERATE, tag, 128 }, sizeof param - 1,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
		{ { iv, 12, 0, CKG_NO_GENERATE, tag, 128 }, 0,
			CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID },
	};

	start(_i);
	OK(call_init());
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_GCM_MESSAGE_PARAMS p = cases[i].p;
		CK_RV one, begin;

		n = sizeof out;
		one = F->C_EncryptMessage(s, &p, cases[i].n, NULL, 0, data, 16, out, &n);
		begin = F->C_EncryptMessageBegin(s, &p, cases[i].n, NULL, 0);
		ck_assert_msg(one == cases[i].one && begin == cases[i].begin,
			"case %zu answered %#lx and %#lx", i, one, begin);
		if (begin == CKR_OK) /* by an error the message ends */
			IS(CKR_ARGUMENTS_BAD, F->C_EncryptMessageNext(
						      s, PARAM, data, 16, out, NULL, 0));
	}
	IS(CKR_ARGUMENTS_BAD,
		F->C_EncryptMessage(s, NULL, sizeof param, NULL, 0, data, 16, out, &n));
	IS(CKR_ARGUMENTS_BAD, F->C_EncryptMessage(s, PARAM, NULL, 3, data, 16, out, &n));
	IS(CKR_ARGUMENTS_BAD, F->C_EncryptMessage(s, PARAM, NULL, 0, NULL, 16, out, &n));
	IS(CKR_ARGUMENTS_BAD,
		F->C_EncryptMessage(s, PARAM, NULL, 0, data, 16, out, NULL));
	OK(call_begin());
	IS(CKR_ARGUMENTS_BAD, F->C_EncryptMessageNext(s, PARAM, data, 16, out, &n, 2));
	OK(call_begin());
	param.ulTagBits = 96; /* the tag's length is that of Begin */
	IS(CKR_MECHANISM_PARAM_INVALID, call_last());
	IS(CKR_OPERATION_NOT_INITIALIZED, call_last());
	OK(call_one());
	api_stop();
}
END_TEST

START_TEST (inits_are_refused_as_others_are) {
	CK_MECHANISM with = { CKM_AES_GCM, PARAM }, odd = { CKM_AES_GCM, iv, 5 },
		     null = { CKM_AES_GCM, NULL, 5 }, cbc = { CKM_AES_CBC, iv, 16 },
		     hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_OBJECT_HANDLE mac_key;

	start(_i);
	mac_key = api_key(s, CKK_GENERIC_SECRET, data, 32, _i);
	IS(CKR_MECHANISM_PARAM_INVALID, F->C_MessageEncryptInit(s, &odd, key));
	IS(CKR_ARGUMENTS_BAD, F->C_MessageEncryptInit(s, &null, key));
	IS(CKR_MECHANISM_INVALID, F->C_MessageEncryptInit(s, &cbc, key));
	IS(CKR_MECHANISM_INVALID, F->C_MessageEncryptInit(s, &hmac, mac_key));
	IS(CKR_KEY_HANDLE_INVALID, F->C_MessageEncryptInit(s, &gcm, 0));
	IS(CKR_KEY_TYPE_INCONSISTENT, F->C_MessageEncryptInit(s, &gcm, mac_key));
	IS(CKR_OPERATION_NOT_INITIALIZED, call_one());
	/* as the standard's example has it */
	OK(F->C_MessageEncryptInit(s, &with, key));
	OK(call_one());
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &known_answers_whole_and_split_anywhere, 2 },
	{ &queries_and_short_buffers_use_nothing_up, 2 },
	{ &nothing_comes_out_of_what_is_not_authentic, 2 },
	{ &each_call_in_each_state, 2 },
	{ &session_cancel_ends_each_by_its_flag, 2 },
	{ &a_process_stands_beside_an_operation_of_its_kind, 2 },
	{ &a_key_that_was_destroyed_is_told_by_each_call, 2 },
	{ &wrong_parameters_end_no_process, 2 },
	{ &inits_are_refused_as_others_are, 2 },
};

CHECK_MAIN("api_message", tests)
