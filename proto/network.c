#include "proto/network.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Whether the first bits of both are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	const unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (!rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

/* Digits alone, no zero before them. */
static bool parse_bits(const char *text, unsigned max, uint8_t *ret)
{
	unsigned value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > max)
			return false;
	}
	*ret = (uint8_t)value;
	return true;
}

static bool is_clean(const struct pa_network *network)
{
	for (unsigned i = network->bits; i < 8u * network->len; i++) {
		if (network->address[i / 8] & (0x80u >> i % 8))
			return false;
	}
	return true;
}

int pa_network_parse(struct pa_bytes text, struct pa_network *ret)
{
	struct pa_network network = { 0 };
	char copy[PA_NETWORK_TEXT_MAX], *slash;

	*ret = network;
	if (text.len >= sizeof(copy) || pa_bytes_has(text, 0))
		return 1;
	pa_bytes_copy(copy, sizeof(copy), text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, copy, network.address) == 1)
		network.len = 4;
	else if (inet_pton(AF_INET6, copy, network.address) == 1)
		network.len = 16;
	else
		return 1;
	network.bits = (uint8_t)(8u * network.len);
	if ((slash && !parse_bits(slash + 1, network.bits, &network.bits)) || !is_clean(&network))
		return 1;
	*ret = network;
	return 0;
}

void pa_network_format(const struct pa_network *network, char out[PA_NETWORK_TEXT_MAX])
{
	char address[INET6_ADDRSTRLEN] = "";

	out[0] = '\0';
	if ((network->len == 4 || network->len == 16) &&
		inet_ntop(network->len == 4 ? AF_INET : AF_INET6, network->address, address,
			sizeof(address)))
		(void)snprintf(out, PA_NETWORK_TEXT_MAX, "%s/%u", address, (unsigned)network->bits);
}

bool pa_network_has(const struct pa_network *network, struct pa_bytes address)
{
	if (address.len == 16 && network->len == 4 &&
		memcmp(address.data, mapped, sizeof(mapped)) == 0)
		address = (struct pa_bytes){ address.data + sizeof(mapped), 4 };
	return network->len && address.len == network->len && network->bits <= 8u * network->len &&
	       same_bits(network->address, address.data, network->bits);
}
