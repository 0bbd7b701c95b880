/* SPDX-License-Identifier: Apache-2.0 */
/* Operations and messages under way before some rows of the bad-input test. */
#pragma once

#include "tests/api/bad_input/variants.h"

static void
start_encrypt_parts(void)
{
	start_encrypt();
	number = sizeof out;
	OK(F->C_EncryptUpdate(sessions[S_USED], bytes, 16, out, &number));
}

static void
start_decrypt_parts(void)
{
	start_decrypt();
	number = sizeof out;
	OK(F->C_DecryptUpdate(sessions[S_USED], bytes, 16, out, &number));
}

static void
start_digest_parts(void)
{
	start_digest();
	OK(F->C_DigestUpdate(sessions[S_USED], bytes, 16));
}

static void
start_sign_parts(void)
{
	start_sign();
	OK(F->C_SignUpdate(sessions[S_USED], bytes, 16));
}

START(encrypt_single, C_EncryptInit(sessions[S_USED], &key_wrap, objects[H_AES]))
START(decrypt_single, C_DecryptInit(sessions[S_USED], &key_wrap, objects[H_AES]))

static void
save_digest_and_start(void)
{
	save_digest();
	start_digest_parts();
	start_encrypt();
}

static void
start_message_and_digest(void)
{
	start_message_encrypt();
	start_digest();
}

static void
start_verify_wrong_signature(void)
{
	OK(F->C_VerifySignatureInit(
		sessions[S_USED], &hmac, objects[H_HMAC], odd_bytes, 32));
}

static void
start_verify_short_signature(void)
{
	OK(F->C_VerifySignatureInit(sessions[S_USED], &hmac, objects[H_HMAC], mac, 31));
}

/* Sixteen zeroes are no padding. */
static void
start_bad_padding(void)
{
	unsigned char sealed[16];
	CK_ULONG n = sizeof sealed;

	start_encrypt();
	OK(F->C_Encrypt(sessions[S_USED], iv, 16, sealed, &n));
	OK(F->C_DecryptInit(sessions[S_USED], &pad, objects[H_AES]));
	n = sizeof out;
	OK(F->C_DecryptUpdate(sessions[S_USED], sealed, sizeof sealed, out, &n));
}
