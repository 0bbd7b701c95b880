/* SPDX-License-Identifier: Apache-2.0 */
/* keyringd's configuration: tokens.yaml, keyringd.ini and access.ini. */
#include "keyringd/access.h"
#include "keyringd/config.h"
#include "keyringd/tokens.h"
#include "tests/fuzz/file.h"

static void
read_tokens(const char *path)
{
	struct conf_error err = { "" };
	struct tokens tokens = { 0 };

	if (tokens_read(path, &tokens, &err) != 0)
		FUZZ_CHECK(err.text[0] != '\0');
	tokens_free(&tokens);
}

static void
read_config(const char *path)
{
	struct conf_error err = { "" };
	struct config config = { 0 };

	if (config_read(path, &config, &err) != 0)
		FUZZ_CHECK(err.text[0] != '\0');
	config_free(&config);
}

static void
read_access(const char *path)
{
	static const uint8_t id[16] = "0123456789abcde";
	struct conf_error err = { "" };
	struct peer peer = PEER_NONE;
	struct access *access = NULL;

	if (access_read(path, true, &access, &err) != 0)
		FUZZ_CHECK(err.text[0] != '\0');
	else
		(void)!access_allows(access, &peer, BYTES_OF(id), BYTES_STR("label"));
	access_free(access);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(
		const char *path) = { read_tokens, read_config, read_access };
	struct fuzz_file f;

	if (size == 0)
		return 0;
	fuzz_file_open(&f, BYTES(data + 1, size - 1));
	/* by a letter, so that inputs are text: t, c, a */
	readers[data[0] == 'c' ? 1 : data[0] == 'a' ? 2 : 0](f.path);
	fuzz_file_close(&f);
	return 0;
}
