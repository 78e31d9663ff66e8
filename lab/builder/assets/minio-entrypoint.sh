#!/bin/sh
# "server ..." and options go to the server; its own name may be given first, as by upstream's image.
case "${1:-}" in
  minio | silo) shift ;;
esac
exec /usr/bin/minio "$@"
