/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#11 3.2 in C, written from the OASIS specification: types, numbers,
 * mechanism parameters and functions. The names are the standard's, so that
 * code for any PKCS#11 library compiles against it.
 */
#pragma once

#define CRYPTOKI_VERSION_MAJOR 3
#define CRYPTOKI_VERSION_MINOR 2

#include "cryptoki/ck_types.h"
#include "cryptoki/ck_values.h"
#include "cryptoki/ck_attributes.h"
#include "cryptoki/ck_mechanisms.h"
#include "cryptoki/ck_params.h"
#include "cryptoki/ck_functions.h"
