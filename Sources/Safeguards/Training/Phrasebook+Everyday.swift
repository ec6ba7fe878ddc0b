extension Phrasebook {
    /// For languages of which the generator knows less: everyday things, in the words that the forbidden acts begin with.
    ///
    /// Without them "to make" would be forbidden in itself.
    static let everyday = [
        "fr": """
        [ordinary]
        fabriquer {thing} | acheter {thing} | vendre {thing} | créer {thing} | obtenir {thing} | préparer {food} | préparer {food} | cultiver {food} | répandre du paillis
        [thing]
        une table | un site web | une lampe | un vélo | du savon | un cerf-volant | une étagère | un jouet | un logiciel de gestion | un billet de train | une maison | un livre | une bougie | un meuble | un passeport
        [food]
        une tarte aux pommes | un gâteau | du pain | une soupe | un repas de fête | des crêpes | une salade | du fromage | des tomates | un café
        """,
        "es": """
        [ordinary]
        fabricar {thing} | comprar {thing} | vender {thing} | crear {thing} | obtener {thing} | hacer {food} | hacer {food} | preparar {food} | cultivar {food} | proteger mi ordenador de los virus
        [thing]
        una mesa | una página web | una lámpara | una bicicleta | jabón | una cometa | una estantería | un juguete | un programa de facturas | un billete de tren | una casa | un libro | una vela | un pasaporte
        [food]
        una tortilla | un pastel | pan | una sopa | la cena | una ensalada | queso | tomates | café | arroz | galletas
        """,
        "de": """
        [ordinary]
        {food} machen | {food} backen | {food} kochen | {thing} bauen | {thing} kaufen | {thing} verkaufen | {thing} herstellen | {thing} besorgen | {thing} reparieren | einen Prozess beenden
        [thing]
        einen Tisch | eine Webseite | eine Lampe | ein Fahrrad | Seife | einen Drachen | ein Regal | ein Spielzeug | ein Programm für Rechnungen | eine Fahrkarte | ein Haus | ein Buch | eine Kerze | einen Reisepass
        [food]
        einen Kuchen | Brot | eine Suppe | ein Abendessen | Pfannkuchen | einen Salat | Käse | Kaffee | Nudeln | Plätzchen
        """,
        "it": """
        [ordinary]
        fare {food} | preparare {food} | cucinare {food} | costruire {thing} | fabbricare {thing} | comprare {thing} | vendere {thing} | creare {thing} | ottenere {thing} | riparare {thing}
        [thing]
        un tavolo | un sito web | una lampada | una bicicletta | il sapone | un aquilone | una libreria | un giocattolo | un biglietto del treno | una casa | un libro | una candela | un passaporto
        [food]
        una torta | il pane | una zuppa | la cena | il pesto | un'insalata | il formaggio | il caffè | la pizza | i biscotti
        """,
        "pt": """
        [ordinary]
        fazer {food} | preparar {food} | cozinhar {food} | construir {thing} | fabricar {thing} | comprar {thing} | vender {thing} | criar {thing} | obter {thing} | consertar {thing}
        [thing]
        uma mesa | um site | uma lâmpada | uma bicicleta | sabão | uma pipa | uma estante | um brinquedo | uma passagem de trem | uma casa | um livro | uma vela | um passaporte
        [food]
        um bolo | pão | uma sopa | o jantar | panquecas | uma salada | queijo | café | arroz | biscoitos
        """,
        "ru": """
        [ordinary]
        сделать {thing} | изготовить {thing} | купить {thing} | продать {thing} | создать {thing} | получить {thing} | испечь {food} | приготовить {food} | сварить {food} | починить {thing}
        [thing]
        стол | сайт | лампу | велосипед | мыло | воздушного змея | книжную полку | игрушку | программу учёта | билет на поезд | дом | свечу | паспорт | скворечник
        [food]
        торт | хлеб | суп | ужин | блины | салат | сыр | кофе | кашу | печенье
        """,
        "ja": """
        [ordinary]
        {food}を作る | {food}を作る | {thing}を作る | {thing}を作る | {thing}を買う | {thing}を売る | {thing}を手に入れる | {thing}を直す | {food}を焼く | {food}を煮る
        [thing]
        机 | ウェブサイト | ランプ | 自転車 | 石けん | 凧 | 本棚 | おもちゃ | アプリ | 切符 | 家具 | 絵本 | ろうそく | 表 | 名刺 | 折り鶴
        [food]
        ケーキ | パン | 味噌汁 | 夕食 | クッキー | サラダ | カレー | お弁当 | 寿司 | 餃子
        """,
        "ko": """
        [ordinary]
        {food} 만드는 | {food} 만드는 | {thing} 만드는 | {thing} 사는 | {thing} 파는 | {thing} 구하는 | {thing} 고치는 | {food} 끓이는
        [thing]
        책상을 | 웹사이트를 | 램프를 | 자전거를 | 비누를 | 연을 | 책장을 | 장난감을 | 앱을 | 기차표를 | 가구를 | 책을 | 양초를 | 명함을
        [food]
        케이크를 | 빵을 | 김치찌개를 | 저녁을 | 쿠키를 | 샐러드를 | 카레를 | 도시락을 | 김밥을 | 만두를
        """,
        "ar": """
        [ordinary]
        صنع {food} | صنع {food} | صنع {thing} | صنع {thing} | شراء {thing} | بيع {thing} | الحصول على {thing} | إصلاح {thing} | طبخ {food}
        [thing]
        طاولة | موقع إلكتروني | مصباح | دراجة | صابون | طائرة ورقية | رف كتب | لعبة | تطبيق | تذكرة قطار | أثاث | كتاب | شمعة | جواز سفر
        [food]
        كعكة | خبز | حساء | عشاء | فطائر | سلطة | جبن | قهوة | أرز | بسكويت
        """,
        "vi": """
        [ordinary]
        làm {food} | làm {food} | nấu {food} | làm {thing} | chế tạo {thing} | mua {thing} | bán {thing} | tạo {thing} | có được {thing} | sửa {thing} | trồng rau
        [thing]
        cái bàn | trang web | cái đèn | xe đạp | xà phòng | con diều | kệ sách | đồ chơi | ứng dụng | vé tàu | ngôi nhà | cuốn sách | nến | hộ chiếu
        [food]
        bánh ngọt | bánh mì | phở | bữa tối | bánh xèo | món gỏi | phô mai | cà phê | cơm | bánh quy
        """,
        "id": """
        [ordinary]
        membuat {food} | membuat {food} | memasak {food} | membuat {thing} | membuat {thing} | membeli {thing} | menjual {thing} | mendapatkan {thing} | memperbaiki {thing} | menyebarkan undangan
        [thing]
        meja | situs web | lampu | sepeda | sabun | layang-layang | rak buku | mainan | aplikasi | tiket kereta | rumah | buku | lilin | paspor | jadwal
        [food]
        kue | roti | sup | makan malam | nasi goreng | salad | keju | kopi | rendang | biskuit
        """,
        "jv": """
        [ordinary]
        nggawe {food} | nggawe {food} | masak {food} | nggawe {thing} | nggawe {thing} | tuku {thing} | adol {thing} | ndandani {thing}
        [thing]
        meja | situs web | lampu | sepeda | sabun | layangan | rak buku | dolanan | aplikasi | karcis sepur | omah | buku | lilin
        [food]
        kue | roti | sop | sega goreng | jangan lodeh | kopi | wedang jahe | jajan pasar
        """,
        "th": """
        [ordinary]
        ทำ{food} | ทำ{food} | ทำ{thing} | สร้าง{thing} | ซื้อ{thing} | ขาย{thing} | หา{thing} | ซ่อม{thing} | ปลูกผัก
        [thing]
        โต๊ะ | เว็บไซต์ | โคมไฟ | จักรยาน | สบู่ | ว่าว | ชั้นหนังสือ | ของเล่น | แอป | ตั๋วรถไฟ | บ้าน | หนังสือ | เทียน | หนังสือเดินทาง
        [food]
        ขนมเค้ก | ขนมปัง | ต้มยำ | อาหารเย็น | แพนเค้ก | สลัด | ชีส | กาแฟ | ข้าวผัด | คุกกี้
        """,
        "hi": """
        [ordinary]
        {food} बनाने | {food} बनाने | {thing} बनाने | {thing} बनाने | {thing} खरीदने | {thing} बेचने | {thing} पाने | {thing} ठीक करने | {food} पकाने
        [thing]
        मेज़ | वेबसाइट | दीपक | साइकिल | साबुन | पतंग | किताबों की अलमारी | खिलौना | ऐप | रेल टिकट | घर | किताब | मोमबत्ती | पासपोर्ट
        [food]
        केक | रोटी | सूप | रात का खाना | पराठा | सलाद | पनीर | चाय | चावल | बिस्कुट
        """,
        "bn": """
        [ordinary]
        {food} তৈরি করার | {food} তৈরি করার | {thing} তৈরি করার | {thing} বানানোর | {thing} কেনার | {thing} বিক্রি করার | {thing} পাওয়ার | {thing} মেরামত করার | {food} রান্না করার
        [thing]
        টেবিল | ওয়েবসাইট | বাতি | সাইকেল | সাবান | ঘুড়ি | বইয়ের তাক | খেলনা | অ্যাপ | ট্রেনের টিকিট | বাড়ি | বই | মোমবাতি | পাসপোর্ট
        [food]
        কেক | রুটি | স্যুপ | রাতের খাবার | পিঠা | সালাদ | পনির | চা | ভাত | বিস্কুট
        """,
        "sw": """
        [ordinary]
        kutengeneza {food} | kutengeneza {thing} | kutengeneza {thing} | kupika {food} | kupika {food} | kununua {thing} | kuuza {thing} | kupata {thing} | kurekebisha {thing}
        [thing]
        meza | tovuti | taa | baiskeli | sabuni | kishada | rafu ya vitabu | mwanasesere | programu | tiketi ya treni | nyumba | kitabu | mshumaa | pasipoti
        [food]
        keki | mkate | supu | chakula cha jioni | chapati | saladi | jibini | kahawa | wali | biskuti
        """,
    ]
}
