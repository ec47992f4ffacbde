/*
 * Every limit of the wire, in one place. They are enforced before memory is
 * allocated for what they limit. Lengths are bytes.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* framing */
#define PA_FRAME_HEADER 4u
#define PA_FRAME_MAX    (256u * 1024) /* payload of one frame */

/* AuthorizeRequest */
#define PA_REALM_MAX        64u
#define PA_LEAF_MAX         (16u * 1024)
#define PA_CHAIN_CERTS_MAX  8u /* leaf included */
#define PA_CHAIN_MAX        (64u * 1024)
#define PA_HANDLE_LEN       32u
#define PA_METHOD_MAX       32u
#define PA_TARGET_MAX       (8u * 1024) /* also of the served path and the path info */
#define PA_HOST_MAX         255u
#define PA_HEADERS_MAX      32u
#define PA_HEADER_NAME_MAX  64u
#define PA_HEADER_VALUE_MAX (8u * 1024)
#define PA_USER_MAX         256u
#define PA_PASSWORD_MAX     256u
#define PA_FRONTEND_MAX     64u
#define PA_TIMEOUT_MS       5000u  /* where the request names none */
#define PA_TIMEOUT_MS_MAX   30000u /* a longer wish is clamped */

/* AuthorizeReply */
#define PA_DECISION_ID_MAX 32u
#define PA_REPLY_ATTRS_MAX 16u
#define PA_TRACE_MAX       16u /* checks of a stack, so rows of a trace */

/* a connection */
#define PA_INFLIGHT_MAX 64u /* requests of one connection that wait for their reply */

/* AdminRequest */
#define PA_ADMIN_ARGS_MAX    32u
#define PA_ADMIN_CHUNK_MAX   (128u * 1024)        /* one Chunk */
#define PA_ADMIN_UPLOAD_MAX  (256u * 1024 * 1024) /* all Chunks of one Begin; most take less */
#define PA_ADMIN_UPLOADS_MAX (512u * 1024 * 1024) /* of all connections at a time */
#define PA_CA_FILE_MAX       (4u * 1024 * 1024)   /* of ca.add: 64 certificates and more */
#define PA_CERT_FILE_MAX     (1024u * 1024)       /* of crl.test */
#define PA_PASSWORD_FILE_MAX (16u * 1024 * 1024)  /* of password.import */
#define PA_CRL_FILE_MAX      (80u * 1024 * 1024)  /* of crl.import: a million entries, in PEM */
#define PA_PATH_LIST_MAX     (64u * 1024 * 1024)  /* of path.test: a million requests and more */
#define PA_ADMIN_COLUMNS_MAX 16u
#define PA_ADMIN_TEXT_MAX    (64u * 1024)   /* of a reload's text: some hundred lines */
#define PA_ADMIN_ROWS_MAX    512u           /* rows of one reply; more by `next` */
#define PA_ADMIN_ARENA_MAX   (1024u * 1024) /* memory that one message may decode into */

/* names in the store: realms, groups, slots, users of a slot */
#define PA_NAME_MAX    64u
#define PA_COMMENT_MAX 200u
#define PA_TICKET_MAX  64u

#endif
