/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests, made when they run. */
#pragma once

struct pki {
	char dir[64];
	char ca[96];
	char server[96], server_key[96];       /* localhost, 127.0.0.1 */
	char elsewhere[96], elsewhere_key[96]; /* a server of another name */
	char client[96], client_key[96];       /* CN host-1 */
	char expired[96], expired_key[96];     /* ended a day ago */
	char foreign_ca[96];
	char foreign[96], foreign_key[96]; /* by foreign_ca */
};

void pki_make(struct pki *pki);
void pki_remove(struct pki *pki);
