/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function a method, run in a worker thread. The response is initialised
 * and freed with rpc_allocator. Returns what call_end() takes.
 */
#pragma once

#include "remote/proto/health.pb-c.h"
#include "remote/proto/keystore.pb-c.h"
#include "remote/server/call.h"

int handle_hello(struct call *c, const Keystore__V1__HelloRequest *rq,
	Keystore__V1__HelloResponse *rs) MUST_CHECK;
int handle_list_tokens(struct call *c, const Keystore__V1__ListTokensRequest *rq,
	Keystore__V1__ListTokensResponse *rs) MUST_CHECK;
int handle_init_token(struct call *c, const Keystore__V1__InitTokenRequest *rq,
	Keystore__V1__InitTokenResponse *rs) MUST_CHECK;
int handle_delete_token(struct call *c, const Keystore__V1__DeleteTokenRequest *rq,
	Keystore__V1__DeleteTokenResponse *rs) MUST_CHECK;

int handle_login(struct call *c, const Keystore__V1__LoginRequest *rq,
	Keystore__V1__LoginResponse *rs) MUST_CHECK;
int handle_login_for_use(struct call *c, const Keystore__V1__LoginForUseRequest *rq,
	Keystore__V1__LoginForUseResponse *rs) MUST_CHECK;
int handle_logout(struct call *c, const Keystore__V1__LogoutRequest *rq,
	Keystore__V1__LogoutResponse *rs) MUST_CHECK;
int handle_init_pin(struct call *c, const Keystore__V1__InitPinRequest *rq,
	Keystore__V1__InitPinResponse *rs) MUST_CHECK;
int handle_set_pin(struct call *c, const Keystore__V1__SetPinRequest *rq,
	Keystore__V1__SetPinResponse *rs) MUST_CHECK;

int handle_create_object(struct call *c, const Keystore__V1__CreateObjectRequest *rq,
	Keystore__V1__CreateObjectResponse *rs) MUST_CHECK;
int handle_copy_object(struct call *c, const Keystore__V1__CopyObjectRequest *rq,
	Keystore__V1__CopyObjectResponse *rs) MUST_CHECK;
int handle_set_attributes(struct call *c, const Keystore__V1__SetAttributesRequest *rq,
	Keystore__V1__SetAttributesResponse *rs) MUST_CHECK;
int handle_destroy_object(struct call *c, const Keystore__V1__DestroyObjectRequest *rq,
	Keystore__V1__DestroyObjectResponse *rs) MUST_CHECK;
int handle_get_secret(struct call *c, const Keystore__V1__GetSecretRequest *rq,
	Keystore__V1__GetSecretResponse *rs) MUST_CHECK;

int handle_generate_key(struct call *c, const Keystore__V1__GenerateKeyRequest *rq,
	Keystore__V1__GenerateKeyResponse *rs) MUST_CHECK;
int handle_generate_key_pair(struct call *c,
	const Keystore__V1__GenerateKeyPairRequest *rq,
	Keystore__V1__GenerateKeyPairResponse *rs) MUST_CHECK;
int handle_sign(struct call *c, const Keystore__V1__SignRequest *rq,
	Keystore__V1__SignResponse *rs) MUST_CHECK;
int handle_decrypt(struct call *c, const Keystore__V1__DecryptRequest *rq,
	Keystore__V1__DecryptResponse *rs) MUST_CHECK;

int handle_unwrap_secret(struct call *c, const Keystore__V1__UnwrapSecretRequest *rq,
	Keystore__V1__UnwrapSecretResponse *rs) MUST_CHECK;
int handle_derive_secret(struct call *c, const Keystore__V1__DeriveSecretRequest *rq,
	Keystore__V1__DeriveSecretResponse *rs) MUST_CHECK;
int handle_decapsulate_secret(struct call *c,
	const Keystore__V1__DecapsulateSecretRequest *rq,
	Keystore__V1__DecapsulateSecretResponse *rs) MUST_CHECK;

int handle_wrap_private(struct call *c, const Keystore__V1__WrapPrivateRequest *rq,
	Keystore__V1__WrapPrivateResponse *rs) MUST_CHECK;
int handle_unwrap_private(struct call *c, const Keystore__V1__UnwrapPrivateRequest *rq,
	Keystore__V1__UnwrapPrivateResponse *rs) MUST_CHECK;

int handle_health_check(struct call *c, const Grpc__Health__V1__HealthCheckRequest *rq,
	Grpc__Health__V1__HealthCheckResponse *rs) MUST_CHECK;
