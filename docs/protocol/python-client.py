"""A Guildhall client in Python's standard library: python-client.py <group number | new> <text> <messages to wait for>"""
import base64, json, os, socket, struct, sys, threading, time, urllib.parse, urllib.request

API = os.environ.get("GUILDHALL_API", "http://127.0.0.1:7080")
URL = urllib.parse.urlparse(os.environ.get("GUILDHALL_URL", "ws://127.0.0.1:7000/ws"))
NUMBER, TEXT, WANTED, ALREADY = sys.argv[1], sys.argv[2], int(sys.argv[3]), 403

body = {"name": "py_" + os.urandom(6).hex(), "password": os.urandom(12).hex(), "app": "python-client"}
request = urllib.request.Request(API + "/v1/people", json.dumps(body).encode(), {"content-type": "application/json"})
me = json.load(urllib.request.urlopen(request))

sock, lock = socket.create_connection((URL.hostname, URL.port)), threading.Lock()
sock.sendall((f"GET {URL.path} HTTP/1.1\r\nHost: {URL.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
              "Sec-WebSocket-Protocol: guildhall.json.v1\r\n\r\n").encode())
stream = sock.makefile("rb")
if b" 101 " not in stream.readline(): sys.exit("the server refused the handshake")
while stream.readline() != b"\r\n": pass

def write(data, kind=1):
    data, mask = data if kind != 1 else json.dumps(data).encode(), os.urandom(4)
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    with lock: sock.sendall(bytes([0x80 | kind]) + size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

def read():
    kind, size = stream.read(2) or sys.exit("the connection was lost")
    if size >= 126: size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
    data = stream.read(size)
    if kind & 15 == 8: sys.exit(f"closed: {int.from_bytes(data[:2], 'big')} {data[2:].decode()}")
    if kind & 15 == 9: write(data, 10)
    return json.loads(data) if kind & 15 == 1 else {"t": "?"}

seen, last, epoch, early = 0, None, None, []
def apply(frame):
    global seen, last
    if frame["ep"] != epoch or frame["a"] > last + 1: sys.exit("a hole in the sequence: read it with get")
    for event in (event for event in frame["e"] if event["s"] > last):
        last, seen = event["s"], seen + (event["k"] in ("text", "action"))
        print(event["s"], event["k"], event["u"], json.dumps(event["b"], ensure_ascii=False), flush=True)

def call(frame, accept=None):
    write({**frame, "i": 1})
    while (answer := read()).get("i") != 1 or answer["t"] == "welcome":
        if answer["t"] == "ev": early.append(answer) if last is None else apply(answer)
    return answer.get("d") if answer["t"] == "ok" or answer["c"] == accept else sys.exit(f"refused: {answer}")

def nonce():
    raw = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    raw[6], raw[8] = raw[6] & 15 | 0x70, raw[8] & 63 | 0x80
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

def beat():
    while time.sleep(20) is None: write({"t": "ping"})

call({"t": "hello", "v": 1, "tok": me["access"], "dev": me["dev"], "app": "python-client", "cap": []})
threading.Thread(target=beat, daemon=True).start()
create = {"t": "ask", "m": "group.create", "n": nonce(), "a": {"name": "Python", "category": "study"}}
group = call(create if NUMBER == "new" else {"t": "ask", "m": "group.find", "a": {"number": int(NUMBER)}})
g = group["g"]
call({"t": "cmd", "g": g, "n": nonce(), "m": "member.join", "a": {}}, ALREADY)
row = call({"t": "sub", "g": [g], "mode": 1})[0]
last, epoch = row["s"], row["ep"]
print("group", group["number"], "from", last, flush=True)
for frame in early: apply(frame)
call({"t": "send", "g": g, "n": nonce(), "k": "text", "b": {"t": TEXT}})
while seen < WANTED:
    if (frame := read())["t"] == "ev": apply(frame)
