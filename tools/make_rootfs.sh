#!/bin/sh
# Makes a root file system that holds a command, the libraries it is linked to, and nothing else:
# make_rootfs.sh MICA FOLDER. The Dockerfile's second stage is this folder. Prints its size packed.
set -eu
mica=${1:?usage: make_rootfs.sh MICA FOLDER}
root=${2:?usage: make_rootfs.sh MICA FOLDER}
[ -e "$root" ] && { echo "make_rootfs.sh: $root is there already" >&2; exit 1; }
missing=$(ldd "$mica" | sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p')
[ -z "$missing" ] || { echo "make_rootfs.sh: $mica wants $missing, which is not here" >&2; exit 1; }
mkdir -p "$root/usr/bin" "$root/etc" "$root/models" "$root/srv/train" "$root/tmp"
cp "$mica" "$root/usr/bin/mica"
strip "$root/usr/bin/mica"
copy_library() { # where the loader looks unasked: what was elsewhere (/opt, a mount) goes to /usr/lib
    case $1 in
    /lib/* | /lib64/* | /usr/lib/* | /usr/lib64/*) place=$1 ;;
    *) place=/usr/lib/$(basename "$1") ;;
    esac
    mkdir -p "$root$(dirname "$place")"
    cp -L "$1" "$root$place"
}
copy_libraries() { # copy_libraries FILE: all that it is linked to
    ldd "$1" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
        copy_library "$library"
    done
}
copy_libraries "$mica"
copy_opened() { # copy_opened NAME.so.N …: the first of them that is here; mica opens it by its name
    for name in "$@"; do
        found=$(PATH=$PATH:/sbin ldconfig -p | sed -n "s/^[[:space:]]*$name .*=> //p" | head -n 1)
        [ -n "$found" ] || continue
        copy_library "$found"
        copy_libraries "$found"
        break
    done
}
copy_opened libcurl-gnutls.so.4 libcurl.so.4
copy_opened libpq.so.5
echo 'mica:x:10001:10001::/srv/train:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'mica:x:10001:' >"$root/etc/group"
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then # for clients of other servers
    mkdir -p "$root/etc/ssl/certs"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
fi
chmod 1777 "$root/tmp"
echo "$root: $(tar -C "$root" -c . | gzip | wc -c) bytes packed"
