/**
 * The shell script of a backup: make the copy, look whether it is one, store it, look whether it arrived.
 *
 * Plain POSIX shell without pipes between tools, because a pipe hides the failure of all but its last part. Every value comes in by
 * the environment, so the text is the same for every datastore with the same tool and destination. Any failure ends it with status 1.
 */
import type { BackupTool } from '../../../../schemas/engines/index.ts';
import type { BackupDestination } from '../../../resolve/model/index.ts';

export const backupScript = (tool: BackupTool, destination: BackupDestination['kind']): string =>
  [HEAD, MAKE[tool], STORE[destination], TAIL].join('\n');

const HEAD = `#!/bin/sh
# Backs up one datastore. Reads: BACKUP_NAME, BACKUP_WORK, BACKUP_DESTINATION and what the tool below names.
set -eu
umask 077

say() { printf 'backup %s: %s\\n' "$BACKUP_NAME" "$*" >&2; }
fail() { say "FAILED: $*"; exit 1; }
size_of() { wc -c <"$1" | tr -d '[:space:]'; }
sum_of() {
  sum_line=$(sha256sum "$1") || fail "cannot read $1"
  printf '%s' "\${sum_line%% *}"
}

stamp=$(date -u +%Y%m%dT%H%M%SZ)
`;

const MAKE: Readonly<Record<BackupTool, string>> = {
  'pg-dump': `# PostgreSQL: one consistent dump in the custom format. CREDENTIALS is a connection address.
make_copy() {
  case "$CREDENTIALS" in
    postgres://* | postgresql://*) ;;
    *) fail 'the credentials are no postgresql:// address' ;;
  esac
  # Arguments can be seen inside this container only, where the environment holds the same.
  pg_dump --format=custom --no-password --file="$1" --dbname="$CREDENTIALS" || fail 'pg_dump failed'
  pg_restore --list "$1" >"$1.list" || fail 'the dump has no readable table of contents'
  rm -f "$1.list"
}
object="$BACKUP_NAME-$stamp.dump"
`,
  'redis-rdb': `# Redis: the server sends its whole data set as one RDB file. CREDENTIALS is a redis:// address, a password, or empty.
make_copy() {
  case "\${CREDENTIALS:-}" in
    # Where an address names no user, redis-cli 7.0 asks for one with an empty name instead of the default one.
    redis://:*) set -- "$1" -u "redis://default:\${CREDENTIALS#redis://:}" ;;
    rediss://:*) set -- "$1" -u "rediss://default:\${CREDENTIALS#rediss://:}" ;;
    redis://* | rediss://*) set -- "$1" -u "$CREDENTIALS" ;;
    '') set -- "$1" -h "$REDIS_HOST" -p "$REDIS_PORT" ;;
    *)
      export REDISCLI_AUTH="$CREDENTIALS"
      set -- "$1" -h "$REDIS_HOST" -p "$REDIS_PORT"
      ;;
  esac
  copy=$1
  shift
  if [ "\${REDIS_TLS:-off}" = required ]; then set -- "$@" --tls; fi
  redis-cli "$@" --rdb "$copy" || fail 'redis-cli --rdb failed'
  magic=$(dd if="$copy" bs=5 count=1 2>/dev/null)
  [ "$magic" = REDIS ] || fail 'the file is no RDB file'
}
object="$BACKUP_NAME-$stamp.rdb"
`,
  'qdrant-snapshot': `# Qdrant: the server makes a snapshot of all collections, names its digest, and forgets it after the download.
field_of() { sed -n "s/.*\\"$2\\":\\"\\([^\\"]*\\)\\".*/\\1/p" "$1"; }
make_copy() {
  headers="$BACKUP_WORK/headers"
  : >"$headers"
  # In a file, not in the arguments.
  if [ -n "\${CREDENTIALS:-}" ]; then printf 'api-key: %s\\n' "$CREDENTIALS" >"$headers"; fi
  curl --fail --silent --show-error --header "@$headers" --request POST --output "$1.json" \\
    "$QDRANT_URL/snapshots?wait=true" || fail 'the snapshot was not made'
  snapshot=$(field_of "$1.json" name)
  checksum=$(field_of "$1.json" checksum)
  rm -f "$1.json"
  [ -n "$snapshot" ] || fail 'the answer names no snapshot'
  curl --fail --silent --show-error --header "@$headers" --output "$1" "$QDRANT_URL/snapshots/$snapshot" ||
    fail 'the snapshot was not downloaded'
  if [ -n "$checksum" ] && [ "$checksum" != "$(sum_of "$1")" ]; then fail 'the download differs from the snapshot'; fi
  curl --fail --silent --show-error --header "@$headers" --request DELETE --output /dev/null \\
    "$QDRANT_URL/snapshots/$snapshot" || say 'the snapshot could not be removed from the server'
}
object="$BACKUP_NAME-$stamp.snapshot"
`,
};

const STORE: Readonly<Record<BackupDestination['kind'], string>> = {
  filesystem: `# A directory: complete under its name or not there at all. Old copies go only after a new one is safe.
store_copy() {
  [ -d "$BACKUP_DESTINATION" ] || fail "$BACKUP_DESTINATION is not there"
  partial="$BACKUP_DESTINATION/.$object.partial"
  cp "$1" "$partial" || fail 'the copy was not written'
  sync
  [ "$(sum_of "$partial")" = "$2" ] || fail 'the stored copy differs'
  printf '%s  %s\\n' "$2" "$object" >"$BACKUP_DESTINATION/$object.sha256"
  mv "$partial" "$BACKUP_DESTINATION/$object"
  # Eight digits and a T: a datastore whose name goes on where this one ends keeps its copies.
  find "$BACKUP_DESTINATION/." ! -name . -prune -type f -mmin "+$BACKUP_RETENTION_MINUTES" \\
    -name "$BACKUP_NAME-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9]*" -exec rm -f {} + ||
    say 'old copies could not be removed'
}
`,
  s3: `# S3: the bucket's lifecycle rule removes old copies, so this job needs no right to delete.
store_copy() {
  aws s3 cp "$1" "s3://$BACKUP_DESTINATION/$object" --only-show-errors --metadata "sha256=$2" \${S3_ENCRYPTION:-} ||
    fail 'the upload failed'
  stored=$(aws s3api head-object --bucket "\${BACKUP_DESTINATION%%/*}" --key "$(key_of "$object")" \\
    --query '[ContentLength,Metadata.sha256]' --output text) || fail 'the stored copy cannot be read'
  [ "$stored" = "$3$(printf '\\t')$2" ] || fail "the stored copy differs: $stored"
}
key_of() {
  case "$BACKUP_DESTINATION" in
    */*) printf '%s/%s' "\${BACKUP_DESTINATION#*/}" "$1" ;;
    *) printf '%s' "$1" ;;
  esac
}
`,
  gcs: `# Cloud Storage: the bucket's lifecycle rule removes old copies, so this job needs no right to delete.
store_copy() {
  address="gs://$BACKUP_DESTINATION/$object"
  gcloud storage cp "$1" "$address" --quiet --custom-metadata="sha256=$2" || fail 'the upload failed'
  stored=$(gcloud storage objects describe "$address" --format='value(size,custom_fields.sha256)') ||
    fail 'the stored copy cannot be read'
  [ "$stored" = "$3$(printf '\\t')$2" ] || fail "the stored copy differs: $stored"
}
`,
};

const TAIL = `copy="$BACKUP_WORK/$object"
trap 'rm -f "$copy" "$copy.list" "\${partial:-}"' EXIT
trap 'exit 1' HUP INT TERM
make_copy "$copy"
size=$(size_of "$copy")
[ "$size" -gt 0 ] || fail 'the copy is empty'
sum=$(sum_of "$copy")
store_copy "$copy" "$sum" "$size"
say "stored $object, $size bytes, sha256 $sum"
`;
