/* SPDX-License-Identifier: Apache-2.0 */
/* What goes before the calls of the bad-input test. */
#pragma once

#include "tests/api/bad_input/objects.h"

#define START(name, call)              \
	static void start_##name(void) \
	{                              \
		OK(F->call);           \
	}

/* clang-format off */
START(encrypt, C_EncryptInit(sessions[S_USED], &ecb, objects[H_AES]))
START(decrypt, C_DecryptInit(sessions[S_USED], &ecb, objects[H_AES]))
START(digest, C_DigestInit(sessions[S_USED], &sha256))
START(sign, C_SignInit(sessions[S_USED], &hmac, objects[H_HMAC]))
START(verify, C_VerifyInit(sessions[S_USED], &hmac, objects[H_HMAC]))
START(sign_recover, C_SignRecoverInit(sessions[S_USED], &rsa, objects[H_RSA]))
START(presigned, C_VerifySignatureInit(sessions[S_USED], &hmac, objects[H_HMAC], mac, 32))
START(find, C_FindObjectsInit(sessions[S_USED], label_template, 1))
START(pad, C_EncryptInit(sessions[S_USED], &pad, objects[H_AES]))
/* clang-format on */

/* Of what start_sign_recover() signs. */
static void
start_verify_recover(void)
{
	CK_ULONG n = sizeof recoverable;

	start_sign_recover();
	OK(F->C_SignRecover(sessions[S_USED], bytes, 32, recoverable, &n));
	OK(F->C_VerifyRecoverInit(sessions[S_USED], &rsa, objects[H_RSA_PUBLIC]));
}

static void
start_verify_parts(void)
{
	start_verify();
	OK(F->C_VerifyUpdate(sessions[S_USED], bytes, 32));
}

static void
start_presigned_parts(void)
{
	start_presigned();
	OK(F->C_VerifySignatureUpdate(sessions[S_USED], bytes, 32));
}

#define START_BOTH(first, second)                  \
	static void start_##first##_##second(void) \
	{                                          \
		start_##first();                   \
		start_##second();                  \
	}

/* --- messages --- */

START(message_encrypt,
	C_MessageEncryptInit(sessions[S_USED], &gcm_message, objects[H_AES]))
START(message_sign, C_MessageSignInit(sessions[S_USED], &hmac, objects[H_HMAC]))
START(message_verify, C_MessageVerifyInit(sessions[S_USED], &hmac, objects[H_HMAC]))

#define PER_MESSAGE &gcm_per_message, sizeof gcm_per_message

/* With a message that is authentic. */
static void
start_message_decrypt(void)
{
	CK_ULONG n = sizeof sealed_message;

	start_message_encrypt();
	OK(F->C_EncryptMessage(
		sessions[S_USED], PER_MESSAGE, bytes, 4, bytes, 32, sealed_message, &n));
	OK(F->C_MessageEncryptFinal(sessions[S_USED]));
	OK(F->C_MessageDecryptInit(sessions[S_USED], &gcm_message, objects[H_AES]));
}

static void
start_message_encrypt_parts(void)
{
	start_message_encrypt();
	OK(F->C_EncryptMessageBegin(sessions[S_USED], PER_MESSAGE, bytes, 4));
}

static void
start_message_decrypt_parts(void)
{
	start_message_decrypt();
	OK(F->C_DecryptMessageBegin(sessions[S_USED], PER_MESSAGE, bytes, 4));
}

static void
start_message_sign_parts(void)
{
	start_message_sign();
	OK(F->C_SignMessageBegin(sessions[S_USED], NULL, 0));
}

static void
start_message_verify_parts(void)
{
	start_message_verify();
	OK(F->C_VerifyMessageBegin(sessions[S_USED], NULL, 0));
}

START_BOTH(digest, encrypt)
START_BOTH(decrypt, digest)
START_BOTH(sign, encrypt)
START_BOTH(decrypt, verify)

/* With five bytes of plaintext that wait for the end. */
static void
start_unpad(void)
{
	unsigned char sealed[16];
	CK_ULONG n = sizeof sealed;

	start_pad();
	OK(F->C_Encrypt(sessions[S_USED], bytes, 5, sealed, &n));
	OK(F->C_DecryptInit(sessions[S_USED], &pad, objects[H_AES]));
	n = sizeof out;
	OK(F->C_DecryptUpdate(sessions[S_USED], sealed, sizeof sealed, out, &n));
	ck_assert_uint_eq(n, 0);
}

static void
save_digest(void)
{
	start_digest();
	saved_len = sizeof saved;
	OK(F->C_GetOperationState(sessions[S_USED], saved, &saved_len));
	OK(F->C_SessionCancel(sessions[S_USED], CKF_DIGEST));
}

static void
make_victim(void)
{
	if (objects[H_VICTIM] != 0)
		(void)F->C_DestroyObject(sessions[S_USED], objects[H_VICTIM]);
	objects[H_VICTIM] = make_data(sessions[S_USED], &NO, &NO, &YES);
}
