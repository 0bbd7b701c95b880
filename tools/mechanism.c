/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl mechanism list: what this version can do, whatever the host has. */
#include <stdio.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "cryptoki/mech.h"
#include "cryptoki/names.h"
#include "tools/text_table.h"
#include "tools/tokenctl.h"

static const struct column columns[] = {
	{ "MECHANISM", "mechanism", COLUMN_TEXT },
	{ "NUMBER", "number", COLUMN_TEXT },
	{ "KEY", "key", COLUMN_TEXT },
	{ "SIZES", "sizes", COLUMN_TEXT },
	{ "OLD DATA", "legacy", COLUMN_BOOL },
	{ "FUNCTIONS", "functions", COLUMN_TEXT },
};

static const struct {
	CK_FLAGS flag;
	const char *word;
} functions[] = {
	{ CKF_ENCRYPT, "encrypt" },
	{ CKF_DECRYPT, "decrypt" },
	{ CKF_DIGEST, "digest" },
	{ CKF_SIGN, "sign" },
	{ CKF_SIGN_RECOVER, "sign-recover" },
	{ CKF_VERIFY, "verify" },
	{ CKF_VERIFY_RECOVER, "verify-recover" },
	{ CKF_GENERATE, "generate" },
	{ CKF_GENERATE_KEY_PAIR, "generate-pair" },
	{ CKF_WRAP, "wrap" },
	{ CKF_UNWRAP, "unwrap" },
	{ CKF_DERIVE, "derive" },
	{ CKF_ENCAPSULATE, "encapsulate" },
	{ CKF_DECAPSULATE, "decapsulate" },
};

static void
put_functions(struct table *t, CK_FLAGS flags)
{
	CLEANUP(buf_free)
	struct buf words = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		if ((flags & functions[i].flag) != 0)
			buf_printf(&words, "%s%s", words.n != 0 ? " " : "",
				functions[i].word);
	}
	buf_put_u8(&words, 0);
	table_cell(t, "%s", buf_ok(&words) ? (const char *)words.p : "?");
}

static void
put_sizes(struct table *t, const struct mech *m)
{
	if (m->max_key == 0)
		table_cell(t, "-");
	else if (m->min_key == m->max_key)
		table_cell(t, "%lu", m->min_key);
	else
		table_cell(t, "%lu-%lu", m->min_key, m->max_key);
}

int
mechanism_list_command(const struct options *o, char *const *args)
{
	CLEANUP(table_free)
	struct table t;

	table_init(&t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < mechs_count; i++) {
		const struct mech *m = &mechs[i];

		table_cell(&t, "%s", m->ckm);
		table_cell(&t, "0x%08lX", m->type);
		table_cell(&t, "%s",
			m->key_type != CK_UNAVAILABLE_INFORMATION ? ckk_name(m->key_type)
								  : "-");
		put_sizes(&t, m);
		table_cell(&t, "%s", m->legacy ? "yes" : "no");
		put_functions(&t, m->flags);
	}
	return table_print(&t, o->json);
}
