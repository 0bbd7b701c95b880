/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/tokens.h"

#include <errno.h>

#include "common/log.h"
#include "folder.h"
#include "tests/unit/check_main.h"

/* The example file of the service whose client reads this format: its anchors, aliases,
 * merge keys, comments and empty values. %s: port, mutual, certfile, keyfile, private
 * space, public space, level, path. */
static const char template[] = "iamcredentialtemplate: &defaultiamcredential\n"
			       "  enabled: true\n"
			       "  endpoint: \"https://iam.example.org\"\n"
			       "\n"
			       "sessionauthtemplate: &defaultsessionauth\n"
			       "  enabled: false\n"
			       "  tokenspaceIDPassword:  # 6-8 characters\n"
			       "\n"
			       "tokens:\n"
			       "  0:\n"
			       "    grep11connection:\n"
			       "      # for example: \"ep11.example.org\"\n"
			       "      address: \"%s\"\n"
			       "      port: \"%s\" # a number\n"
			       "      tls:\n"
			       "        enabled: true # always\n"
			       "        mutual: %s\n"
			       "        cacert:\n"
			       "        certfile: %s\n"
			       "        keyfile: %s\n"
			       "    storage:\n"
			       "        # deeper than its neighbours\n"
			       "      remotestore:\n"
			       "        enabled: true\n"
			       "    users:\n"
			       "      0: # the SO\n"
			       "        name: \"<SO_user_name>\"\n"
			       "        iamauth: *defaultiamcredential\n"
			       "      1:\n"
			       "        name: \"<normal_user_name>\"\n"
			       "        tokenspaceID: \"%s\"\n"
			       "        iamauth: *defaultiamcredential\n"
			       "        sessionauth: *defaultsessionauth\n"
			       "      2:\n"
			       "        name: \"<anonymous_user_name>\"\n"
			       "        tokenspaceID: \"%s\"\n"
			       "        iamauth:\n"
			       "          <<: *defaultiamcredential\n"
			       "          apikey: \"<apikey_for_anonymous_user>\"\n"
			       "        sessionauth: *defaultsessionauth\n"
			       "\n"
			       "logging:\n"
			       "  loglevel: \"%s\"\n"
			       "  logpath: \"%s\"\n";

static void
quiet(void)
{
	log_max_level = LOG_PANIC; /* of what is ignored */
}

START_TEST (the_template_with_its_values_filled_in_loads) {
	struct tokens t;
	struct conf_error err = { "" };
	char text[4096], key[128];

	quiet();
	folder_make();
	(void)strcpy(key, folder_file("key.pem", "key", 0600));
	(void)snprintf(text, sizeof text, template, "ep11.example.org", "9876", "true",
		"/x/cert.pem", key, "f00db2f1-4421-4032-a505-465bedfa845b",
		"ca22be26-b798-4fdf-8c83-3e3a492dc215", "debug", "/x/log");
	ck_assert_msg(
		tokens_read(folder_file("grep11client.yaml", text, 0600), &t, &err) == 0,
		"%s", err.text);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_str_eq(t.entries[0].name, "0");
	ck_assert_str_eq(t.entries[0].endpoints[0], "ep11.example.org:9876");
	ck_assert_ptr_null(t.entries[0].endpoints[1]);
	ck_assert_ptr_null(t.entries[0].ca_file);
	ck_assert_str_eq(t.entries[0].cert_file, "/x/cert.pem");
	ck_assert_str_eq(t.entries[0].key_file, key);
	ck_assert(t.entries[0].remote_store);
	ck_assert(t.entries[0].private_space.set && t.entries[0].public_space.set);
	ck_assert_uint_eq(t.entries[0].private_space.b[0], 0xf0);
	ck_assert_uint_eq(t.entries[0].public_space.b[15], 0x15);
	ck_assert_str_eq(t.log_level, "debug");
	ck_assert_str_eq(t.log_path, "/x/log");
	tokens_free(&t);
	folder_remove();
}
END_TEST

START_TEST (the_template_as_it_is_names_its_first_placeholder) {
	struct tokens t;
	struct conf_error err = { "" };
	char text[4096];

	quiet();
	folder_make();
	(void)snprintf(text, sizeof text, template, "<EP11_endpoint_URL>",
		"<EP11_endpoint_port_number>", "<enable_mtls>", "<client_certificate>",
		"<client_certificate_private_key>", "<private_keystore_spaceid>",
		"<public_keystore_spaceid>", "<logging_level>", "<log_file_path>");
	ck_assert_int_eq(
		tokens_read(folder_file("grep11client.yaml", text, 0600), &t, &err),
		-EINVAL);
	ck_assert_msg(
		strstr(err.text, "grep11client.yaml:14: 'port' wants a port") != NULL,
		"%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "placeholder"));
	tokens_free(&t);
	folder_remove();
}
END_TEST

#define HEAD "tokens:\n  0:\n    grep11connection:\n      address: a\n      port: 1\n"

/* One mapping, merged into another a hundred times. */
#define TEN(of) \
	"*" of ",*" of ",*" of ",*" of ",*" of ",*" of ",*" of ",*" of ",*" of ",*" of
#define HUNDRED(of)                                                                      \
	TEN(of)                                                                          \
	"," TEN(of) "," TEN(of) "," TEN(of) "," TEN(of) "," TEN(of) "," TEN(of) "," TEN( \
		of) "," TEN(of) "," TEN(of)
#define MANY(name, of) "x-" name ": &" name " {<<: [" HUNDRED(of) "]}\n"

static const struct {
	const char *text, *message;
} bad[] = {
	{ "", ":1: there is no 'tokens'" },
	{ "token:\n  0: {}\n", ":1: unknown key 'token'" },
	{ "tokens: [1, 2]\n", ":1: wants a mapping" },
	{ "tokens:\n  0: {}\n", ":2: no keystore" },
	{ HEAD "      adress: b\n", ":6: unknown key 'adress'" },
	{ HEAD "      port: 2\n", ":6: 'port' is there twice" },
	{ HEAD "      tls:\n        enabled: perhaps\n", ":7: 'enabled' wants true" },
	{ HEAD "      tls:\n        enabled: false\n", ":2: tls cannot be off" },
	{ HEAD "      tls:\n        mutual: true\n", ":2: mutual is true" },
	{ HEAD "      tls:\n        certfile: /x\n", "keyfile is missing" },
	{ HEAD "      tls: yes\n", ":6: wants a mapping" },
	{ HEAD "      endpoints: [nowhere]\n", "'nowhere' is not HOST:PORT" },
	{ HEAD "      endpoints: [\"h:99999\"]\n", "has a bad port" },
	{ HEAD "      endpoints: {a: b}\n", ":6: 'endpoints' wants one value" },
	{ HEAD "    users:\n      3:\n        name: x\n", ":7: unknown key '3'" },
	{ HEAD "    users:\n      1:\n        tokenspaceID: x\n", "wants a UUID" },
	{ HEAD "    users:\n      1:\n        tokenspaceID: "
	       "f00db2f1-4421-4032-a505-465bedfa845b\n",
		"need a tokenspaceID both" },
	{ HEAD "    users:\n      1:\n        sessionauth:\n          enabled: true\n",
		":9: 'enabled' is not supported" },
	{ HEAD "    users:\n      1: {sessionauth: {tokenspaceIDPassword: secret}}\n",
		":7: 'tokenspaceIDPassword' is not supported" },
	{ HEAD "    storage: {remotestore: {enabled: [1]}}\n", "wants one value" },
	{ HEAD "logging:\n  loglevel: loud\n", ":7: loglevel 'loud'" },
	{ "tokens:\n  0:\n    grep11connection:\n      address: a\n", "port is missing" },
	{ "tokens:\n  0:\n   - a\n  - b\n", ":4: " },
	{ "tokens: \"\n", ":2: " },
	{ "tokens: *nowhere\n", ":1: " },
	{ "x-a: &a\n  <<: *a\ntokens: *a\n", ":2: merges nest too deeply" },
	{ "x-a: &a {}\n" MANY("b", "a") MANY("c", "b") MANY("d", "c") MANY("e", "d")
			MANY("f", "e") "tokens:\n  <<: *f\n",
		": too much is merged" },
	{ "x-a: &a [1]\ntokens:\n  <<: *a\n", ":1: '<<' merges mappings only" },
	{ "x-a: &a 1\ntokens:\n  <<: *a\n", ":3: '<<' wants" },
	{ HEAD "---\nmore: 1\n", "a second document" },
};

START_TEST (a_bad_file_is_refused_with_its_line) {
	struct tokens t;
	struct conf_error err = { "" };

	quiet();
	folder_make();
	ck_assert_int_ne(
		tokens_read(folder_file("tokens.yaml", bad[_i].text, 0600), &t, &err), 0);
	ck_assert_msg(strstr(err.text, bad[_i].message) != NULL, "%s", err.text);
	ck_assert_ptr_null(strstr(err.text, "secret")); /* it may be one */
	tokens_free(&t);
	folder_remove();
}
END_TEST

START_TEST (a_key_file_that_others_can_read_is_refused) {
	struct tokens t;
	struct conf_error err = { "" };
	char text[512];

	folder_make();
	(void)snprintf(text, sizeof text, HEAD "      tls: {certfile: /x, keyfile: %s}\n",
		folder_file("key.pem", "key", 0604));
	ck_assert_int_eq(
		tokens_read(folder_file("tokens.yaml", text, 0600), &t, &err), -EINVAL);
	ck_assert_msg(
		strstr(err.text, "tokens.yaml:2: keyfile: ") != NULL, "%s", err.text);
	tokens_free(&t);
	folder_remove();
}
END_TEST

START_TEST (a_missing_file_is_named) {
	struct tokens t;
	struct conf_error err = { "" };

	ck_assert_int_eq(tokens_read("/nonexistent/tokens.yaml", &t, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/tokens.yaml"));
	tokens_free(&t);
}
END_TEST

START_TEST (endpoints_follow_address_and_port) {
	struct tokens t;
	struct conf_error err = { "" };

	folder_make();
	ck_assert_msg(
		tokens_read(folder_file("tokens.yaml",
				    "tokens:\n"
				    "  a:\n"
				    "    grep11connection: {address: '::1', port: 5,\n"
				    "      endpoints: [\"b:6\", \"[::2]:7\"]}\n"
				    "    endpoints: \"c:8\"\n"
				    "  b:\n"
				    "    endpoints: [\"[::1]:5\", \"b:6\", \"[::2]:7\",\n"
				    "      \"c:8\"]\n"
				    "    storage: {remotestore: {enabled: false}}\n",
				    0600),
			&t, &err) == 0,
		"%s", err.text);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_str_eq(t.entries[0].endpoints[0], "[::1]:5");
	ck_assert_str_eq(t.entries[0].endpoints[1], "b:6");
	ck_assert_str_eq(t.entries[0].endpoints[2], "[::2]:7");
	ck_assert_str_eq(t.entries[0].endpoints[3], "c:8");
	ck_assert(t.entries[0].remote_store && !t.entries[1].remote_store);
	ck_assert(token_entry_same_keystore(&t.entries[0], &t.entries[1]));
	tokens_free(&t);
	folder_remove();
}
END_TEST

static const struct check_test tests[] = {
	{ &the_template_with_its_values_filled_in_loads, 0 },
	{ &the_template_as_it_is_names_its_first_placeholder, 0 },
	{ &a_bad_file_is_refused_with_its_line, ARRAY_LEN(bad) },
	{ &a_key_file_that_others_can_read_is_refused, 0 },
	{ &a_missing_file_is_named, 0 },
	{ &endpoints_follow_address_and_port, 0 },
};

CHECK_MAIN("tokens", tests)
