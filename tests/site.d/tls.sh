# tls.sh - a certificate authority of the site's own, and what it certifies.
# shellcheck shell=bash

# tls_valid NAME: there is a certificate, for a day yet.
tls_valid() {
	[ -s "$PLACE/tls/$1.key" ] &&
		openssl x509 -checkend 86400 -noout \
			-in "$PLACE/tls/$1.pem" >/dev/null 2>&1
}

tls_key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$1" 2>/dev/null
	chmod 600 "$1"
}

tls_make() {
	mkdir -p "$PLACE/tls"
	(
		cd "$PLACE/tls"
		[ -s ca.pem ] || tls_authority
		tls_valid server || tls_certificate server
		tls_valid receiver || tls_certificate receiver
	) || fail "openssl could not make the certificates in $PLACE/tls"
	own "$PLACE/tls/receiver.key"
}

tls_authority() {
	tls_key ca.key
	openssl req -x509 -new -key ca.key -out ca.pem -days 3650 \
		-subj "/CN=Postern demo CA" \
		-addext keyUsage=critical,keyCertSign,cRLSign
}

# tls_certificate NAME: for this machine's own addresses, by the CA here.
tls_certificate() {
	tls_key "$1.key"
	openssl req -new -key "$1.key" -subj "/CN=localhost" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -out "$1.pem" -days 825 -sha256 \
		-CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" \
		-extfile <(tls_extensions) 2>/dev/null
	rm "$1.csr"
}

tls_extensions() {
	cat <<'END'
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, IP:::1, DNS:localhost
END
}
