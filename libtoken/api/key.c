/* SPDX-License-Identifier: Apache-2.0 */
/* 5.18 Key management functions. */
#include "libtoken/api/api.h"

#include "libtoken/core/key.h"
#include "libtoken/object/kem.h"
#include "libtoken/object/wrap.h"

/* 5.18.1 */
CK_RV
C_GenerateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (phKey == NULL || !api_template_fits(pTemplate, ulCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_generate(&v, pMechanism, pTemplate, ulCount, phKey);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.18.2 */
CK_RV
C_GenerateKeyPair(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_ATTRIBUTE_PTR pPublicKeyTemplate, CK_ULONG ulPublicKeyAttributeCount,
	CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount,
	CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct template public_half = { pPublicKeyTemplate,
		ulPublicKeyAttributeCount };
	const struct template private_half = { pPrivateKeyTemplate,
		ulPrivateKeyAttributeCount };
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (phPublicKey == NULL || phPrivateKey == NULL ||
				    !api_template_fits(pPublicKeyTemplate,
					    ulPublicKeyAttributeCount) ||
				    !api_template_fits(pPrivateKeyTemplate,
					    ulPrivateKeyAttributeCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_generate_pair(&v, pMechanism, public_half, private_half,
			phPublicKey, phPrivateKey);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.18.3 */
CK_RV
C_WrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
	CK_ULONG_PTR pulWrappedKeyLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pWrappedKey, pulWrappedKeyLen };
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && pulWrappedKeyLen == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = session_wrap(s, pMechanism, hWrappingKey, hKey, NULL, out);
	return api_return_session(__func__, s, rv);
}

/* 5.18.4 */
CK_RV
C_UnwrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
	CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
	CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct template template = { pTemplate, ulAttributeCount };
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK &&
		(phKey == NULL || !api_bytes_fit(pWrappedKey, ulWrappedKeyLen) ||
			!api_template_fits(pTemplate, ulAttributeCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_unwrap(&v, pMechanism, hUnwrappingKey,
			BYTES(pWrappedKey, ulWrappedKeyLen), NULL, template, phKey);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.18.5 */
CK_RV
C_DeriveKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
	CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && !api_template_fits(pTemplate, ulAttributeCount))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_derive(
			&v, pMechanism, hBaseKey, pTemplate, ulAttributeCount, phKey);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.18.8 */
CK_RV
C_EncapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hPublicKey, CK_ATTRIBUTE_PTR pTemplate,
	CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen,
	CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct template template = { pTemplate, ulAttributeCount };
	const struct app_out out = { pCiphertext, pulCiphertextLen };
	CK_RV rv = session_enter(hSession, &s);

	/* a query of the length makes no key */
	if (rv == CKR_OK &&
		(pulCiphertextLen == NULL || (phKey == NULL && pCiphertext != NULL) ||
			!api_template_fits(pTemplate, ulAttributeCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = session_encapsulate(s, pMechanism, hPublicKey, template, out, phKey);
	return api_return_session(__func__, s, rv);
}

/* 5.18.9 */
CK_RV
C_DecapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hPrivateKey, CK_ATTRIBUTE_PTR pTemplate,
	CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen,
	CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct template template = { pTemplate, ulAttributeCount };
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK &&
		(phKey == NULL || !api_bytes_fit(pCiphertext, ulCiphertextLen) ||
			!api_template_fits(pTemplate, ulAttributeCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_decapsulate(&v, pMechanism, hPrivateKey, template,
			BYTES(pCiphertext, ulCiphertextLen), phKey);
	}
	return api_return_session(__func__, s, rv);
}

/* 5.18.6 */
CK_RV
C_WrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pAssociatedData,
	CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pWrappedKey,
	CK_ULONG_PTR pulWrappedKeyLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct app_out out = { pWrappedKey, pulWrappedKeyLen };
	const struct bytes aad = BYTES(pAssociatedData, ulAssociatedDataLen);
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK && (pulWrappedKeyLen == NULL ||
				    !api_bytes_fit(pAssociatedData, ulAssociatedDataLen)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = session_wrap(s, pMechanism, hWrappingKey, hKey, &aad, out);
	return api_return_session(__func__, s, rv);
}

/* 5.18.7 */
CK_RV
C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
	CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
	CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
	CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
	CK_OBJECT_HANDLE_PTR phKey)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	const struct bytes aad = BYTES(pAssociatedData, ulAssociatedDataLen);
	const struct template template = { pTemplate, ulAttributeCount };
	struct object_view v;
	CK_RV rv = session_enter(hSession, &s);

	if (rv == CKR_OK &&
		(phKey == NULL || !api_bytes_fit(pWrappedKey, ulWrappedKeyLen) ||
			!api_bytes_fit(pAssociatedData, ulAssociatedDataLen) ||
			!api_template_fits(pTemplate, ulAttributeCount)))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		v = session_view(s);
		rv = object_unwrap(&v, pMechanism, hUnwrappingKey,
			BYTES(pWrappedKey, ulWrappedKeyLen), &aad, template, phKey);
	}
	return api_return_session(__func__, s, rv);
}
