/* SPDX-License-Identifier: Apache-2.0 */
/* keystored.ini */
#include "remote/server/config.h"
#include "tests/fuzz/file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_error err = { "" };
	struct config config = { 0 };
	struct fuzz_file f;

	fuzz_file_open(&f, BYTES(data, size));
	if (config_read(f.path, &config, &err) != 0)
		FUZZ_CHECK(err.text[0] != '\0');
	config_free(&config);
	fuzz_file_close(&f);
	return 0;
}
