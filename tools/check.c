/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl check: what does this host give, and what does that mean for keys? */
#include <stdio.h>
#include <sys/utsname.h>

#include "common/cleanup.h"
#include "tools/check.h"
#include "tools/tokenctl.h"

struct check {
	struct check_kernel kernel;
	struct check_policy policy;
	struct check_lines lines;
	struct table algorithms, keys;
	struct buf meaning;
};

static void
check_free(struct check *c)
{
	check_kernel_close(&c->kernel);
	table_free(&c->lines.table);
	table_free(&c->algorithms);
	table_free(&c->keys);
	buf_free(&c->meaning);
}

static void
table_start(struct table *t, const struct column *columns, unsigned n)
{
	table_init(t, columns, n);
	t->width = CHECK_WIDTH;
}

/* A kernel without AF_ALG, or one that does less, is no failure: keyringd serves. */
static void
line_kernel(struct check *c)
{
	const char *missing = check_missing(&c->kernel);
	const char *no_serial = check_no_serial(&c->kernel);
	unsigned yes = 0, wrong = 0;

	for (size_t i = 0; i < c->kernel.n; i++) {
		const struct kcapi_report *r = &c->kernel.rows[i];

		wrong += r->available && !r->known_answer;
		yes += r->available && r->known_answer;
	}
	if (missing != NULL)
		check_line(&c->lines, "AF_ALG", CHECK_NOTE,
			"%s; keyringd and OpenSSL compute instead", missing);
	else if (wrong != 0)
		check_line(&c->lines, "AF_ALG", CHECK_NOTE,
			"%u of %zu algorithms; %u computes something else than it should "
			"and is not used: report that to who makes this kernel",
			yes, c->kernel.n, wrong);
	else
		check_line(&c->lines, "AF_ALG", no_serial == NULL ? CHECK_OK : CHECK_NOTE,
			"%u of %zu algorithms%s%s", yes, c->kernel.n,
			no_serial == NULL ? ", keys by serial" : "; ",
			no_serial == NULL ? "" : no_serial);
}

static int
check_gather(struct check *c, const struct options *o)
{
	table_start(&c->lines.table, check_line_columns, check_line_columns_count);
	table_start(
		&c->algorithms, check_algorithm_columns, check_algorithm_columns_count);
	table_start(&c->keys, check_key_columns, check_key_columns_count);
	if (check_kernel_open(&c->kernel) != 0) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	check_keyringd(&c->lines, o->socket, &c->policy);
	line_kernel(c);
	c->policy.keyring = check_keyring(&c->lines);
	check_quota(&c->lines);
	check_memlock(&c->lines);
	check_cores(&c->lines);
	check_p11_kit(&c->lines);
	check_algorithms(&c->kernel, &c->policy, &c->algorithms);
	check_keys(&c->kernel, &c->policy, &c->keys, &c->meaning);
	if (buf_ok(&c->meaning))
		return TOOL_OK;
	tool_error("out of memory");
	return TOOL_FAILED;
}

static int
print_json(const struct check *c)
{
	int r;

	(void)printf("{\"algorithms\": ");
	r = table_print(&c->algorithms, true);
	(void)printf(", \"keys\": ");
	if (r == TOOL_OK)
		r = table_print(&c->keys, true);
	(void)printf(", \"host\": ");
	if (r == TOOL_OK)
		r = table_print(&c->lines.table, true);
	(void)printf(", \"meaning\": ");
	table_json_string((const char *)c->meaning.p);
	(void)printf("}\n");
	return r;
}

static void
print_others(const struct check_kernel *k)
{
	CLEANUP(buf_free)
	struct buf names = BUF_INIT;

	check_without_algorithm(k, &names);
	if (!buf_ok(&names) || names.n <= 1)
		return;
	(void)printf("without the kernel: ");
	text_wrap((const char *)names.p, 20, CHECK_WIDTH);
}

/* What single words in the table mean. */
static void
print_notes(const struct check_kernel *k)
{
	const char *no_serial = check_no_serial(k);
	bool refused = false, wrong = false, any = false;

	for (size_t i = 0; i < k->n; i++) {
		const char *word = check_available(k, &k->rows[i]);

		refused |= strcmp(word, "refused") == 0;
		any |= k->rows[i].error != 0 && strcmp(word, "yes") == 0;
		wrong |= strcmp(word, "wrong answers") == 0;
	}
	if (refused)
		text_wrap(
			"refused: this kernel has it and keeps it from this user "
			"(crypto.af_alg_restrict? a module blocked in /etc/modprobe.d?)",
			0, CHECK_WIDTH);
	if (wrong)
		text_wrap("wrong answers: it computes something else than it should, and "
			  "is not used",
			0, CHECK_WIDTH);
	if (no_serial != NULL && any) {
		(void)printf("by serial, no: ");
		text_wrap(no_serial, 15, CHECK_WIDTH);
	}
}

static int
print_algorithms(const struct check *c)
{
	const char *missing = check_missing(&c->kernel);
	struct utsname u = { 0 };
	int r;

	(void)uname(&u);
	(void)printf("Algorithms of this kernel (%s %s), as this user gets them\n",
		u.sysname, u.release);
	if (missing != NULL) {
		(void)printf("none of %zu: ", c->kernel.n);
		text_wrap(missing, 12, CHECK_WIDTH);
		return TOOL_OK;
	}
	r = table_print(&c->algorithms, false);
	print_others(&c->kernel);
	print_notes(&c->kernel);
	return r;
}

static int
print_text(const struct check *c)
{
	int r = print_algorithms(c);

	(void)printf("\nWhere keys are\n");
	if (r == TOOL_OK)
		r = table_print(&c->keys, false);
	(void)printf("\nThis host\n");
	if (r == TOOL_OK)
		r = table_print(&c->lines.table, false);
	(void)printf("\n");
	text_wrap((const char *)c->meaning.p, 0, CHECK_WIDTH);
	return r;
}

int
check_command(const struct options *o, char *const *args)
{
	CLEANUP(check_free)
	struct check c = { 0 };
	int r = check_gather(&c, o);

	if (r == TOOL_OK)
		r = o->json ? print_json(&c) : print_text(&c);
	return r == TOOL_OK && c.lines.failed ? TOOL_FAILED : r;
}
