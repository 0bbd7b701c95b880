/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target without libFuzzer: runs it once with each file that is named, and with each in the
 * folders that are, so that what was found once stays found.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "tests/fuzz/fuzz.h"

static unsigned done;

static int
replay_file(const char *path)
{
	CLEANUP(buf_free)
	struct buf b = BUF_INIT;
	FILE *f = fopen(path, "re");
	size_t n = 0;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	do {
		uint8_t *p = buf_reserve(&b, 4096);

		FUZZ_CHECK(p != NULL);
		n = fread(p, 1, 4096, f);
		b.n += n;
	} while (n != 0);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(b.p, b.n);
	done++;
	return 0;
}

static int
replay(const char *path)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, NULL, alphasort), r = 0;

	if (n < 0)
		return replay_file(path);
	for (int i = 0; i < n; i++) {
		char *name = NULL;

		if (list[i]->d_name[0] != '.') {
			FUZZ_CHECK(asprintf(&name, "%s/%s", path, list[i]->d_name) > 0);
			r |= replay_file(name);
		}
		free(name);
		free(list[i]);
	}
	free(list);
	return r;
}

int
main(int argc, char **argv)
{
	int r = 0;

	(void)LLVMFuzzerTestOneInput(NULL, 0);
	for (int i = 1; i < argc; i++)
		r |= replay(argv[i]);
	(void)printf("%u inputs\n", done);
	return r != 0 || done == 0;
}
