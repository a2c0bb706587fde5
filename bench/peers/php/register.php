<?php
// register.php - the same work as postern-responder, in PHP and PDO.
declare(strict_types=1);

const ADMIT = 'SELECT a.id, a.webhook_count, a.webhook_limit,
        postern.seconds_until_open(now()) AS closed
    FROM postern.access_token t JOIN postern.account a ON a.id = t.account_id
    WHERE t.hash = ?::bytea AND t.revoked_at IS NULL AND t.expires_at > now()
    FOR NO KEY UPDATE OF a';
const EVENTS = 'SELECT id FROM postern.event_type WHERE name = ANY(?::text[])';
const UPSERT = 'INSERT INTO postern.webhook (account_id, id, url, canonical_url)
    VALUES (?, ?, ?, ?)
    ON CONFLICT (account_id, canonical_url)
    DO UPDATE SET url = excluded.url, updated_at = now()
    RETURNING id';
const COUNT = 'UPDATE postern.account SET webhook_count = webhook_count + 1
    WHERE id = ?';
const UNSUBSCRIBE = 'DELETE FROM postern.subscription
    WHERE account_id = ? AND webhook_id = ? AND event_type_id <> ALL(?::int[])';
const EXPIRE = "UPDATE postern.secret SET expires_at = now() + '24 hours'
    WHERE account_id = ? AND webhook_id = ? AND expires_at IS NULL";
const SUBSCRIBE = 'INSERT INTO postern.subscription
        (account_id, webhook_id, event_type_id)
    SELECT ?::uuid, ?::uuid, unnest(?::int[])
    ON CONFLICT DO NOTHING';
const STORE = 'INSERT INTO postern.secret
        (account_id, webhook_id, id, key_id, ephemeral, nonce, box)
    VALUES (?, ?, ?, ?, ?, ?, ?)';

class Refusal extends Exception
{
}

function uuid7(): string
{
    $b = substr(pack('J', (int) (microtime(true) * 1000)), 2) . random_bytes(10);
    $b[6] = chr(0x70 | ord($b[6]) & 0x0f);
    $b[8] = chr(0x80 | ord($b[8]) & 0x3f);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($b), 4));
}

function bytea(string $bytes): string
{
    return '\x' . bin2hex($bytes);
}

function text_array(array $texts): string
{
    $quote = fn (string $t): string => '"' . addcslashes($t, '"\\') . '"';
    return '{' . implode(',', array_map($quote, $texts)) . '}';
}

function token_hash(string $authorization): string
{
    if (!preg_match('/^Bearer (pst_[0-9A-Za-z]{49})$/Di', $authorization, $m)) {
        throw new Refusal('invalid_token', 401);
    }
    return hash('sha256', $m[1], true);
}

function read_body(): array
{
    $body = json_decode(file_get_contents('php://input'), true);
    $events = $body['events'] ?? null;
    if (!is_array($body) || count($body) !== 2 ||
        !is_string($body['url'] ?? null) || strlen($body['url']) > 2048 ||
        !is_array($events) || !array_is_list($events) ||
        count($events) < 1 || count($events) > 64 ||
        array_filter($events, fn ($e) => !is_string($e) || strlen($e) > 128) ||
        count(array_unique($events)) !== count($events)) {
        throw new Refusal('invalid_parameter', 400);
    }
    return [$body['url'], $events];
}

function canonical_url(string $text): string
{
    $p = parse_url($text);
    if (!filter_var($text, FILTER_VALIDATE_URL) ||
        strtolower($p['scheme']) !== 'https' ||
        isset($p['user']) || isset($p['fragment']) ||
        filter_var(trim($p['host'], '[]'), FILTER_VALIDATE_IP)) {
        throw new Refusal('url_not_allowed', 400);
    }
    return 'https://' . strtolower($p['host']) .
        (isset($p['port']) && $p['port'] !== 443 ? ":{$p['port']}" : '') .
        ($p['path'] ?? '/') . (isset($p['query']) ? "?{$p['query']}" : '');
}

function connect(): PDO
{
    return new PDO(getenv('DSN'), options: [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        // One round trip a statement; prepared ones die with the request.
        PDO::PGSQL_ATTR_DISABLE_PREPARES => true,
    ]);
}

function ask(PDO $db, string $sql, array $values): array
{
    $statement = $db->prepare($sql);
    $statement->execute($values);
    return $statement->fetchAll(PDO::FETCH_ASSOC);
}

// A line "postern-public-1 ID BASE64", as postern-keygen --sealing writes.
function sealing_key(): array
{
    [, $id, $key] = explode(' ', trim(file_get_contents(getenv('SEAL_KEY'))));
    return [hex2bin($id), base64_decode($key)];
}

function store_secret(PDO $db, string $account, string $webhook, string $id): string
{
    [$key_id, $key] = sealing_key();
    $secret = random_bytes(32);
    $sealed = sodium_crypto_box_seal($secret, $key);
    $ephemeral = substr($sealed, 0, 32);
    $nonce = sodium_crypto_generichash($ephemeral . $key, '', 24);
    ask($db, STORE, [$account, $webhook, $id, bytea($key_id),
        bytea($ephemeral), bytea($nonce), bytea(substr($sealed, 32))]);
    return 'whsec_' . base64_encode($secret);
}

function register(PDO $db, string $hash, string $url, string $canonical, array $events): string
{
    $account = ask($db, ADMIT, [bytea($hash)])[0] ??
        throw new Refusal('invalid_token', 401);
    if ($account['closed'] !== null) {
        throw new Refusal('outside_working_hours', 503);
    }
    $types = array_column(ask($db, EVENTS, [text_array($events)]), 'id');
    if (count($types) !== count($events)) {
        throw new Refusal('unknown_event', 400);
    }
    $types = '{' . implode(',', $types) . '}';

    $id = uuid7();
    $webhook = ask($db, UPSERT, [$account['id'], $id, $url, $canonical])[0]['id'];
    if ($webhook === $id) {
        if ($account['webhook_count'] >= $account['webhook_limit']) {
            throw new Refusal('webhook_limit_reached', 400);
        }
        ask($db, COUNT, [$account['id']]);
    } else {
        ask($db, UNSUBSCRIBE, [$account['id'], $webhook, $types]);
        ask($db, EXPIRE, [$account['id'], $webhook]);
    }
    ask($db, SUBSCRIBE, [$account['id'], $webhook, $types]);
    return store_secret($db, $account['id'], $webhook, $id);
}

function answer(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    header('X-Request-Id: ' . ($_SERVER['REQUEST_ID'] ?? ''));
    $text = json_encode($body, JSON_UNESCAPED_SLASHES);
    header('Content-Length: ' . strlen($text));
    echo $text;
}

function main(): void
{
    try {
        $hash = token_hash($_SERVER['HTTP_AUTHORIZATION'] ?? '');
        [$url, $events] = read_body();
        $canonical = canonical_url($url);
        $db = connect();
        $db->beginTransaction();
        try {
            $key = register($db, $hash, $url, $canonical, $events);
            $db->commit();
        } catch (Throwable $e) {
            $db->rollBack();
            throw $e;
        }
        answer(201, ['message' => 'Webhook registered successfully.',
            'apiSecretKey' => $key]);
    } catch (Refusal $e) {
        answer($e->getCode(), ['code' => $e->getMessage()]);
    }
}

main();
