/* The table of commands: usage, help, completion and dispatch come from it. */
#include "clients/ctl/ctl.h"

#define NO_OPTIONS NULL

static const struct pa_ctl_option ca_add_options[] = {
	{ "anchor", NULL, NULL, "trust anchors: self-signed roots", PA_CTL_TEXT },
	{ "intermediate", NULL, NULL, "CAs that complete chains", PA_CTL_TEXT },
	{ "sha256", NULL, "DIGITS", "the fingerprint that the (one) certificate must have",
		PA_CTL_TEXT },
	{ "yes", NULL, NULL, "do not ask whether the fingerprints are right", PA_CTL_TEXT },
	{ "force", "force", NULL, "also one that has expired or is weak", PA_CTL_TEXT },
	{ "dry-run", "dry-run", NULL, "tell what would be added, and add nothing", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option ca_remove_options[] = {
	{ "yes", NULL, NULL, "do not ask whether it is meant", PA_CTL_TEXT },
	{ "force", "force", NULL, "also one that is revoked, and bars its key", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_fetch_options[] = {
	{ "url", NULL, "URL", "allow this URL, or with a * at its end all that begin so",
		PA_CTL_MANY },
	{ "urls", NULL, "FILE", "the list of allowed URLs (default: /etc/polyauth/crl-urls)",
		PA_CTL_TEXT },
	{ "state", NULL, "DIR", "where to remember what was fetched", PA_CTL_TEXT },
	{ "connect-timeout", NULL, "DURATION", "how long connecting may take (default: 10s)",
		PA_CTL_TEXT },
	{ "max-time", NULL, "DURATION", "how long one URL may take (default: 5m)", PA_CTL_TEXT },
	{ "now", NULL, NULL, "also what is put off after failures", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_import_options[] = {
	{ "dry-run", NULL, NULL, "change nothing, and print what the import would do",
		PA_CTL_TEXT },
	{ "allow-rollback", NULL, NULL, "take a CRL that is older than the one in force",
		PA_CTL_TEXT },
	{ "allow-shrink", NULL, NULL, "take one that lists less than half of the serials",
		PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_export_options[] = {
	{ "pem", NULL, NULL, "print PEM instead of DER", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_remove_options[] = {
	{ "yes", NULL, NULL, "do not ask whether it is meant", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_policy_options[] = {
	{ "missing", "missing", "realm|deny|ignore", "what no CRL of the issuer means",
		PA_CTL_TEXT },
	{ "stale", "stale", "realm|deny|ignore|DURATION", "what a stale one means", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option crl_extend_options[] = {
	{ "for", "for", "DURATION", "how long from now, as in 24h; at most 30d", PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_add_options[] = {
	{ "group", "group", "NAME", "the tenant that it belongs to", PA_CTL_TEXT },
	{ "comment", "comment", "TEXT", "for people", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ "state", "state", "STATE", "allowed (default), disabled or quarantined", PA_CTL_TEXT },
	{ "expires", "expires", "TIME", "when the entry ends", PA_CTL_END },
	{ "for", "expires", "DURATION", "how long it lasts, as in 2h, 30d", PA_CTL_FOR },
	{ "replace", "replace", NULL, "in place of what is there, be it removed", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_set_options[] = {
	{ "group", "group", "NAME", "the tenant that it belongs to; empty: none", PA_CTL_TEXT },
	{ "comment", "comment", "TEXT", "for people", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ "state", "state", "STATE", "allowed, disabled or quarantined", PA_CTL_TEXT },
	{ "expires", "expires", "TIME|never", "when the entry ends", PA_CTL_END },
	{ "for", "expires", "DURATION", "how long it lasts, as in 2h, 30d", PA_CTL_FOR },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_state_options[] = {
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_remove_options[] = {
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ "comment", "comment", "TEXT", "for people", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option reason_options[] = {
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_list_options[] = {
	{ "group", "group", "NAME", "only devices of this group", PA_CTL_TEXT },
	{ "state", "state", "STATE", "only of this state; removed ones are listed only so",
		PA_CTL_TEXT },
	{ "expires-within", "expires-before", "DURATION", "only those that end by then",
		PA_CTL_AHEAD },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_import_options[] = {
	{ "format", NULL, "csv|json", "what the file is (default: as it looks)", PA_CTL_TEXT },
	{ "dry-run", NULL, NULL, "change nothing, and print what would change", PA_CTL_TEXT },
	{ "mode", "mode", "merge|replace", "others stay (merge, the default) or are removed",
		PA_CTL_TEXT },
	{ "default-group", "default-group", "NAME", "the group of devices that name none",
		PA_CTL_TEXT },
	{ "restore", "restore", NULL, "also bring back devices that were removed", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_export_options[] = {
	{ "format", NULL, "csv|json", "how to write them (default: csv)", PA_CTL_TEXT },
	{ "group", "group", "NAME", "only devices of this group", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option prefix_add_options[] = {
	{ "bits", "bits", "N", "how many, 24 to 44 (default: 4 a digit)", PA_CTL_TEXT },
	{ "group", "group", "NAME", "the tenant that its devices belong to", PA_CTL_TEXT },
	{ "comment", "comment", "TEXT", "for people", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ "state", "state", "STATE", "allowed (default), disabled or quarantined", PA_CTL_TEXT },
	{ "expires", "expires", "TIME", "when the entry ends", PA_CTL_END },
	{ "for", "expires", "DURATION", "how long it lasts, as in 2h, 30d", PA_CTL_FOR },
	{ "replace", "replace", NULL, "in place of what is there", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option prefix_remove_options[] = {
	{ "bits", "bits", "N", "how many, 24 to 44 (default: 4 a digit)", PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option device_approve_options[] = {
	{ "group", "group", "NAME", "the tenant that it belongs to", PA_CTL_TEXT },
	{ "comment", "comment", "TEXT", "for people", PA_CTL_TEXT },
	{ "ticket", "ticket", "TEXT", "of your own system", PA_CTL_TEXT },
	{ "expires", "expires", "TIME", "when the entry ends", PA_CTL_END },
	{ "for", "expires", "DURATION", "how long it lasts, as in 2h, 30d", PA_CTL_FOR },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option report_within_options[] = {
	{ "within", "until", "DURATION", "how far to look ahead (default: 90d)", PA_CTL_AHEAD },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option report_unseen_options[] = {
	{ "since", "since", "DURATION", "for how long (default: 30d)", PA_CTL_AGO },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option report_since_options[] = {
	{ "since", "since", "DURATION", "how far to look back (default: 7d)", PA_CTL_AGO },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option password_set_options[] = {
	{ "device", NULL, "MAC", "of one device", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "of a group's devices", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "of all devices of a realm", PA_CTL_TEXT },
	{ "slot", "slot", "NAME", "which of the passwords that are valid at once", PA_CTL_TEXT },
	{ "user", "user", "NAME", "the user name that must come with it (default: any)",
		PA_CTL_TEXT },
	{ "not-before", "not-before", "TIME", "valid from", PA_CTL_TIME },
	{ "not-after", "not-after", "TIME", "valid until", PA_CTL_END },
	{ "password-fd", NULL, "N", "read the password from this descriptor", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option password_import_options[] = {
	{ "format", NULL, "htpasswd|csv", "what the file is", PA_CTL_TEXT },
	{ "dry-run", NULL, NULL, "change nothing, and print what would change", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "all of it is of this group", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "all of it is of this realm", PA_CTL_TEXT },
	{ "slot", NULL, "NAME", "the slot where a line names none (default: imported)",
		PA_CTL_TEXT },
	{ "replace", "replace", NULL, "in place of slots that are there", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option password_generate_options[] = {
	{ "group", NULL, "NAME", "for the devices of this group", PA_CTL_TEXT },
	{ "devices", NULL, "FILE", "for those that a file lists", PA_CTL_TEXT },
	{ "slot", NULL, "NAME", "the slot (default: today's date)", PA_CTL_TEXT },
	{ "user", NULL, "NAME", "the user name that must come with it (default: the MAC)",
		PA_CTL_TEXT },
	{ "csv", NULL, NULL, "as CSV, which is the only form", PA_CTL_TEXT },
	{ "output", NULL, "FILE", "write it to a new file (default: standard output)",
		PA_CTL_TEXT },
	{ "replace", NULL, NULL, "in place of slots that are there", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option password_rotate_options[] = {
	{ "device", NULL, "MAC", "of one device", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "of a group's devices", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "of all devices of a realm", PA_CTL_TEXT },
	{ "window", "until", "DURATION", "how long the former password stays valid, as in 30d",
		PA_CTL_FOR },
	{ "slot", "slot", "NAME", "the new slot's name (default: today's date)", PA_CTL_TEXT },
	{ "user", "user", "NAME", "the user name that must come with it (default: as before)",
		PA_CTL_TEXT },
	{ "generate", NULL, NULL, "make a password", PA_CTL_TEXT },
	{ "password-fd", NULL, "N", "read the password from this descriptor", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option rotation_status_options[] = {
	{ "device", NULL, "MAC", "of one device", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "of a group's devices", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "of all devices of a realm", PA_CTL_TEXT },
	{ "devices", NULL, NULL, "list the devices that have not moved", PA_CTL_TEXT },
	{ "all", NULL, NULL, "list those that have, too", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option rotation_retire_options[] = {
	{ "device", NULL, "MAC", "of one device", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "of a group's devices", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "of all devices of a realm", PA_CTL_TEXT },
	{ "force", "force", NULL, "lock out the devices that depend on it still", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option password_remove_options[] = {
	{ "device", NULL, "MAC", "of one device", PA_CTL_TEXT },
	{ "group", NULL, "NAME", "of a group's devices", PA_CTL_TEXT },
	{ "realm", NULL, "NAME", "of all devices of a realm", PA_CTL_TEXT },
	{ "slot", "slot", "NAME", "which one", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option otp_issue_options[] = {
	{ "device", "device", "MAC", "whose it is", PA_CTL_TEXT },
	{ "realm", "realm", "NAME", "where it is asked for", PA_CTL_TEXT },
	{ "ttl", "ttl", "DURATION", "how long it may be used (default: 15m)", PA_CTL_TEXT },
	{ "source", "source", "NETWORK", "where it must come from, as in 192.0.2.0/24",
		PA_CTL_TEXT },
	{ "uses-within", "uses-within", "DURATION", "how long its first use may be repeated",
		PA_CTL_TEXT },
	{ "digits", NULL, NULL, "of digits; 8, where the device has a certificate", PA_CTL_TEXT },
	{ "letters", NULL, NULL, "of letters and digits (the default); 16, which is 80 bits",
		PA_CTL_TEXT },
	{ "length", "length", "N", "how many of them, 6 to 64", PA_CTL_TEXT },
	{ "user", "user", "NAME", "for whom, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option otp_list_options[] = {
	{ "device", "device", "MAC", "only those of this device", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option otp_revoke_options[] = {
	{ "device", "device", "MAC", "whose it is", PA_CTL_TEXT },
	{ "realm", "realm", "NAME", "where it is asked for", PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option portal_user_options[] = {
	{ "group", NULL, "NAME", "of whose devices they may have codes; any number", PA_CTL_MANY },
	{ "all-groups", "all-groups", NULL, "of all devices that the portal may", PA_CTL_TEXT },
	{ "password-fd", NULL, "N", "read the password from this descriptor", PA_CTL_TEXT },
	{ "no-password", "no-password", NULL, "they log in through a front end of yours alone",
		PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option portal_user_set_options[] = {
	{ "group", NULL, "NAME", "in place of the groups there are; any number", PA_CTL_MANY },
	{ "all-groups", "all-groups", NULL, "in their place, all devices", PA_CTL_TEXT },
	{ "password", NULL, NULL, "ask for a new password", PA_CTL_TEXT },
	{ "password-fd", NULL, "N", "read the new password from this descriptor", PA_CTL_TEXT },
	{ "no-password", "no-password", NULL, "they log in through a front end of yours alone",
		PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option path_test_options[] = {
	{ "realm", "realm", "NAME", "whose rules (default: of the only realm)", PA_CTL_TEXT },
	{ "method", NULL, "METHOD", "of all targets; GET where it is not given", PA_CTL_TEXT },
	{ "served", "served", "PATH[?QUERY]", "what the front end would serve for them, decoded",
		PA_CTL_TEXT },
	{ "log", NULL, "FORMAT", "read an access log from standard input: combined or common",
		PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option explain_options[] = {
	{ "agent", NULL, "TEXT", "list the latest decisions about requests with this User-Agent",
		PA_CTL_TEXT },
	{ "log", NULL, NULL, "what of the decisions on standard input would be another today",
		PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option frontend_test_options[] = {
	{ "cert", NULL, "FILE", "the device's certificate, PEM with its chain", PA_CTL_TEXT },
	{ "key", NULL, "FILE", "its key, PEM without a pass phrase", PA_CTL_TEXT },
	{ "user", NULL, "NAME", "the user name that the device sends", PA_CTL_TEXT },
	{ "password-fd", NULL, "N", "read the device's password from this descriptor",
		PA_CTL_TEXT },
	{ "password-stdin", NULL, NULL, "read the device's password from standard input",
		PA_CTL_TEXT },
	{ "victim", NULL, "MAC", "whose files are tried to get (default: 00005e005301)",
		PA_CTL_TEXT },
	{ "victim-url", NULL, "URL", "its file, where only the address is not the difference",
		PA_CTL_TEXT },
	{ "connect-to", NULL, "ADDRESS", "connect there, whatever host the URL names",
		PA_CTL_TEXT },
	{ "plain-port", NULL, "PORT", "where the server may answer without TLS (default: 80)",
		PA_CTL_TEXT },
	{ "cacert", NULL, "FILE", "CAs of the server's certificate (default: the system's)",
		PA_CTL_TEXT },
	{ "insecure", NULL, NULL, "take any certificate of the server", PA_CTL_TEXT },
	{ "max-time", NULL, "DURATION", "how long one probe may take (default: 10s)", PA_CTL_TEXT },
	{ "no-writes", NULL, NULL, "send nothing that would write where nobody refuses it",
		PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option shadow_options[] = {
	{ "realm", "realm", "NAME", "only of this realm", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option throttle_clear_options[] = {
	{ "source", "source", "ADDRESS", "of this source and its network; or of a NETWORK/BITS",
		PA_CTL_TEXT },
	{ "device", "device", "MAC", "at this device", PA_CTL_TEXT },
	{ "all", "all", NULL, "of everybody", PA_CTL_TEXT },
	{ "reason", "reason", "TEXT", "why, for the audit trail", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

static const struct pa_ctl_option check_options[] = {
	{ "realm", NULL, "NAME", "the realm to ask in", PA_CTL_TEXT },
	{ "target", NULL, "TARGET", "the request target, as on the wire", PA_CTL_TEXT },
	{ "method", NULL, "METHOD", "GET where it is not given", PA_CTL_TEXT },
	{ "cert", NULL, "FILE", "the client's certificate: PEM (with its chain) or DER",
		PA_CTL_TEXT },
	{ "chain", NULL, "FILE", "further certificates of the chain", PA_CTL_TEXT },
	{ "user", NULL, "NAME", "the user name that the client sends", PA_CTL_TEXT },
	{ "password-fd", NULL, "N", "read the client's password from this descriptor",
		PA_CTL_TEXT },
	{ "password-stdin", NULL, NULL, "read the client's password from standard input",
		PA_CTL_TEXT },
	{ "served-path", NULL, "PATH", "the path that the front end says it will serve",
		PA_CTL_TEXT },
	{ "source", NULL, "ADDRESS", "the client's address", PA_CTL_TEXT },
	{ "header", NULL, "NAME:VALUE", "a header that the front end passes on; any number",
		PA_CTL_MANY },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

const struct pa_ctl_command pa_ctl_commands[] = {
	{ "status", "status", NULL, "", "what the daemon is and does", NO_OPTIONS, NULL },
	{ "ca add", "ca.add", NULL, "FILE...",
		"add CA certificates (PEM, DER or PKCS#7, - is standard input)", ca_add_options,
		pa_ctl_ca_add },
	{ "ca list", "ca.list", NULL, "", "list the CA certificates", NO_OPTIONS, NULL },
	{ "ca show", "ca.show", "sha256", "FINGERPRINT",
		"show one, by the first digits of its SHA-256", NO_OPTIONS, NULL },
	{ "ca remove", "ca.remove", NULL, "FINGERPRINT", "remove one", ca_remove_options,
		pa_ctl_ca_remove },
	{ "crl import", "crl.import", NULL, "FILE|DIRECTORY...",
		"verify CRLs and put them in force", crl_import_options, pa_ctl_crl_import },
	{ "crl fetch", NULL, NULL, "", "fetch CRLs from the URLs that are allowed, and import them",
		crl_fetch_options, pa_ctl_crl_fetch },
	{ "crl list", "crl.list", NULL, "", "list the CRLs in force", NO_OPTIONS, NULL },
	{ "crl show", "crl.show", "id", "ID", "show one, by its id in the list", NO_OPTIONS, NULL },
	{ "crl export", "crl.export", NULL, "ID", "write one to standard output, as DER",
		crl_export_options, pa_ctl_crl_export },
	{ "crl remove", "crl.remove", NULL, "ID", "remove one, and forget the serials it revoked",
		crl_remove_options, pa_ctl_crl_remove },
	{ "crl test", "crl.test", NULL, "FILE", "are certificates revoked by the CRLs in force?",
		NO_OPTIONS, pa_ctl_crl_test },
	{ "crl policy", "crl.policy", "issuer", "ISSUER",
		"what a missing or stale CRL of one issuer means, in all realms",
		crl_policy_options, NULL },
	{ "crl policies", "crl.policies", NULL, "", "list what is set so", NO_OPTIONS, NULL },
	{ "crl grace extend", "crl.grace.extend", "issuer", "ISSUER",
		"let an issuer's stale CRL pass for a while", crl_extend_options, NULL },
	{ "crl grace end", "crl.grace.end", "issuer", "ISSUER", "do not let it pass any longer",
		NO_OPTIONS, NULL },
	{ "device add", "device.add", "mac", "MAC", "put a device on the list", device_add_options,
		NULL },
	{ "device set", "device.set", "mac", "MAC", "change what is given, and nothing else",
		device_set_options, NULL },
	{ "device disable", "device.set", NULL, "MAC", "deny a device that stays on the list",
		device_state_options, pa_ctl_device_state },
	{ "device enable", "device.set", NULL, "MAC", "allow it again", device_state_options,
		pa_ctl_device_state },
	{ "device quarantine", "device.set", NULL, "MAC", "deny it, for a reason of its own",
		device_state_options, pa_ctl_device_state },
	{ "device remove", "device.remove", "mac", "MAC", "take a device off the list for good",
		device_remove_options, NULL },
	{ "device forget", "device.forget", "mac", "MAC", "drop what keeps a removed device denied",
		reason_options, NULL },
	{ "device show", "device.show", "mac", "MAC", "show a device", NO_OPTIONS, NULL },
	{ "device import", "device.import", NULL, "FILE|-", "take a list of devices from a file",
		device_import_options, pa_ctl_device_import },
	{ "device export", "device.export", NULL, "", "write the devices to standard output",
		device_export_options, pa_ctl_device_export },
	{ "device list", "device.list", NULL, "", "list the devices", device_list_options, NULL },
	{ "device pending", "device.pending", NULL, "",
		"list the devices that wait for an operator", NO_OPTIONS, NULL },
	{ "device approve", "device.approve", "mac", "MAC", "put a pending device on the list",
		device_approve_options, NULL },
	{ "device reject", "device.reject", "mac", "MAC",
		"put it on the list as disabled, so that it is pending no more",
		device_remove_options, NULL },
	{ "device rekey", "device.rekey", "mac", "MAC",
		"forget the key that a device is known by: the next one is taken", reason_options,
		NULL },
	{ "device report expiring", "device.report.expiring", NULL, "",
		"devices whose certificate or entry ends soon", report_within_options, NULL },
	{ "device report unseen", "device.report.unseen", NULL, "",
		"devices on the list that were not seen", report_unseen_options, NULL },
	{ "device report denied", "device.report.denied", NULL, "",
		"devices that were denied, and why", report_since_options, NULL },
	{ "device report shadow", "device.report.shadow", NULL, "",
		"devices that a shadowed check would have denied", report_since_options, NULL },
	{ "fleet", "fleet", NULL, "", "count devices by issuer, model and year of expiry",
		NO_OPTIONS, NULL },
	{ "prefix add", "prefix.add", "prefix", "PREFIX",
		"put all devices on the list whose address begins so", prefix_add_options, NULL },
	{ "prefix remove", "prefix.remove", "prefix", "PREFIX", "take a prefix off the list",
		prefix_remove_options, NULL },
	{ "prefix list", "prefix.list", NULL, "", "list the prefixes", NO_OPTIONS, NULL },
	{ "password set", "password.set", NULL, "",
		"add a password (asked for, or from standard input)", password_set_options,
		pa_ctl_password },
	{ "password list", "password.list", NULL, "", "list the slots; never a password",
		NO_OPTIONS, NULL },
	{ "password remove", "password.remove", NULL, "", "remove a slot", password_remove_options,
		pa_ctl_password },
	{ "password import", "password.import", NULL, "FILE",
		"take passwords or hashes from a file, all or nothing", password_import_options,
		pa_ctl_password_import },
	{ "password generate", "password.import", NULL, "",
		"make a password for each device of a group or list, and write them for those who "
		"install them",
		password_generate_options, pa_ctl_password_generate },
	{ "password rotate", "password.rotate", NULL, "",
		"go over to a new password, while the former one stays valid for a while",
		password_rotate_options, pa_ctl_rotate },
	{ "password rotation status", "password.rotation", NULL, "",
		"which devices use the new password, and which do not", rotation_status_options,
		pa_ctl_rotation_status },
	{ "password rotation retire", "password.retire", NULL, "",
		"remove the former password, if no device needs it", rotation_retire_options,
		pa_ctl_rotation_retire },
	{ "otp issue", "otp.issue", NULL, "", "make a one-time password, and print it this once",
		otp_issue_options, pa_ctl_otp_issue },
	{ "otp list", "otp.list", NULL, "", "list them; never a code", otp_list_options, NULL },
	{ "otp revoke", "otp.revoke", NULL, "", "remove one", otp_revoke_options, NULL },
	{ "portal user add", "portal.user.add", NULL, "NAME",
		"let somebody log in to the portal (a password is asked for, or read)",
		portal_user_options, pa_ctl_portal_user },
	{ "portal user set", "portal.user.set", NULL, "NAME",
		"change what is given, and end their sessions", portal_user_set_options,
		pa_ctl_portal_user },
	{ "portal user remove", "portal.user.remove", "name", "NAME",
		"let them log in no more, and end their sessions", reason_options, NULL },
	{ "portal user list", "portal.user.list", NULL, "", "list them; never a password",
		NO_OPTIONS, NULL },
	{ "path test", "path.test", NULL, "[TARGET]...",
		"what the path rules say of targets, or of an access log", path_test_options,
		pa_ctl_path_test },
	{ "check", NULL, NULL, "", "ask for a verdict, without any effect", check_options,
		pa_ctl_check },
	{ "explain", "explain", "decision", "DECISION|REASON",
		"why a decision was made, or what a reason means", explain_options,
		pa_ctl_explain },
	{ "frontend test", NULL, NULL, "URL", "send attacks through a real front end, and judge it",
		frontend_test_options, pa_ctl_frontend_test },
	{ "throttle list", "throttle.list", NULL, "", "list who guesses passwords, and who scans",
		NO_OPTIONS, NULL },
	{ "throttle clear", "throttle.clear", NULL, "", "forget what is counted",
		throttle_clear_options, NULL },
	{ "shadow", "shadow", NULL, "", "what the checks on trial would have refused",
		shadow_options, NULL },
	{ "metrics", "metrics", NULL, "", "print what is counted, as Prometheus reads it",
		NO_OPTIONS, pa_ctl_metrics },
	{ "audit list", "audit.list", NULL, "", "list the changes of the store", NO_OPTIONS, NULL },
	{ "reload", "reload", NULL, "", "read the configuration again", NO_OPTIONS, NULL },
	{ "completion", NULL, NULL, "bash", "print a completion script", NO_OPTIONS,
		pa_ctl_completion },
	{ "help", NULL, NULL, "[COMMAND]", "print help", NO_OPTIONS, pa_ctl_help },
	{ "version", NULL, NULL, "", "print the version", NO_OPTIONS, pa_ctl_version },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
