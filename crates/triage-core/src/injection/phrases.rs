//! The phrases that steer a reader, as data, in a small pattern language.
//!
//! A phrase is written in plain words. `( | )` are alternatives, `?` makes what stands before it
//! optional, `~` after a word allows up to three more words; `*` and `+` after a group repeat it,
//! and `*` after a letter is any ending. A space stands for whatever separates words. Phrases and
//! texts are folded alike before they are compared.

use super::SuspicionKind::{self, Addressing, Exfiltration, Format, Override, Role, Verdict};

macro_rules! instructions {
    () => {
        "(instruction*|system prompt*|guideline*|directive*|programming)"
    };
}
macro_rules! earlier {
    () => {
        "(previous|prior|above|earlier|preceding|foregoing|initial|former|original|past)"
    };
}
macro_rules! drop_it { () => { "(ignore|disregard|forget|pay no attention to|do not (follow|obey|heed)|don t (follow|obey|heed)|stop (following|obeying)|no longer follow|ignoring|disregarding|forgetting)" } }
macro_rules! thing {
    () => {
        "(alert|event|entry|activity|incident|detection|finding|case|log|record|process|one)s?"
    };
}
macro_rules! harmless { () => { "(benign|harmless|innocuous|false positive|false alarm|true negative|informational|non ?malicious|not malicious|not suspicious|not (a )?threat|no threat|not an attack|non threatening|expected activity|expected behaviou?r|authori(z|s)ed activity)" } }
macro_rules! small { () => { "(low|lowest|safe|clean|legitimate|legit|normal|trusted|approved|authori(z|s)ed|expected|noise|resolved|inconclusive|unremarkable|routine)" } }
macro_rules! judge { () => { "(classify|mark|treat|report|rate|label|consider|flag|tag|score|grade|assess|deem|close|categori(z|s)e|judge|rule|declare|record|regard|resolve|rank|dismiss|designate|evaluate|triage|interpret|present)" } }
macro_rules! judged { () => { "(classified|marked|treated|reported|rated|labell?ed|considered|flagged|tagged|scored|graded|assessed|deemed|closed|categori(z|s)ed|judged|regarded|resolved|ranked|dismissed)" } }
macro_rules! object {
    () => {
        "(this|it|that|these|them|those|the|all|everything|every|each|my|any)"
    };
}
macro_rules! sort_of { () => { "( a| an| the| being| purely| completely| entirely| totally| just| simply| only| known| strictly| definitely)?" } }
macro_rules! reader { () => { "(ai|llms?|language models?|ai models?|gpt|chatgpt|claude|gemini|copilot|chatbot|security copilot|ai assistant|ai agent|soc (ai|bot|assistant|agent|copilot|model|llm)|(soc |security )?analyst (bot|model|agent|ai|assistant)|(automated|automatic|ai|robot|virtual|machine) (security |soc |alert )?(analyst|triage|reviewer|assistant|agent|system)|(alert )?triage (system|bot|model|engine|assistant|agent|ai|tool|pipeline)|security (bot|assistant|ai|llm)|neural network|machine learning model|summari(z|s)er)" } }
macro_rules! answer { () => { "(verdict|classification|assessment|determination|answer|rating|conclusion|disposition|severity|confidence|priority|risk|risk level|risk score|score|threat level|threat score|label|outcome)" } }

/// Phrases so particular that they are told even with nothing, or something else, between
/// their words and letters.
pub(super) const PHRASES: &[(SuspicionKind, &[&str])] = &[
    (
        Override,
        &[
            concat!(
                drop_it!(),
                "~ ",
                earlier!(),
                "~ (instruction*|prompt*|guideline*|directive*|programming|guidance|direction*|orders?|rules?|polic(y|ies)|context|messages?|text|commands?|training|conversation|constraints?|input|statements?)"
            ),
            concat!(
                "(override|overriding|overlook|neglect|discard|abandon|set aside|bypass|erase|void|cancel|nullify|drop|skip)~ ",
                earlier!(),
                "~ (instruction*|prompt*|guideline*|directive*|programming)"
            ),
            concat!(
                drop_it!(),
                "~ (your|all|any|the|these|those|system|existing|security|safety)~ ",
                instructions!()
            ),
            "(ignore|disregard|forget)~ your (rules|training|safeguards|restrictions|constraints|policies|programming|context|task|job|role)",
            "(ignore|disregard|forget)~ (instruction*|prompt*|guideline*|directive*|rules?|orders?) (above|before this|given|so far|you (were|have been))",
            "(ignore|disregard|forget) (everything|anything|whatever|what|all that)~ (above|before this|earlier|previously|prior|so far|told|said|learned)",
            "(ignore|disregard|forget)( all)?( of)? the (above|foregoing|preceding)",
            concat!(
                earlier!(),
                " ",
                instructions!(),
                "~ (void|obsolete|cancell?ed|revoked|replaced|superseded|overridden|invalid|outdated|expired|rescinded|withdrawn|lifted|no longer|do not apply|don t apply|null)"
            ),
            concat!(
                "(system|your) ",
                instructions!(),
                " (are|is|were|was|have been|has been)( now)? (void|obsolete|cancell?ed|revoked|replaced|superseded|overridden|invalid|outdated|rescinded|withdrawn|lifted|changed|updated)"
            ),
            "your (new|real|actual|true|updated|only|sole) (instructions?|task|objective|goal|job|mission|directive|purpose) (is|are|will be)",
            "(new|updated|revised) (system )?instructions?( (are|is))?( as)? (follow|follows|below|supersede*|override*|replace*)",
            concat!(
                "(these|following|new) ",
                instructions!(),
                "( now)? (supersede|override|replace|take precedence|take priority)"
            ),
            "follow (only )?(my|these new|these updated) instructions?",
            "(start|begin)( all)? (over|afresh|anew)~ instructions?",
            "(respond|answer|classify|act|behave) as (though|if)~ (instruct*|prompt|rules|alert|system message)",
        ],
    ),
    (
        Role,
        &[
            "you are now( a| an| the| my| our| in| acting as| playing| no longer| helpful| friendly| senior| new| different| unrestricted| trusted| security| soc| ai| language| compliant| developer)* (assistant|bot|ai|model|analyst|expert|dan|chatbot|persona|character|helper|developer mode)",
            "you are (an?|the) (helpful|ai|unrestricted|obedient|different|friendly|permissive|language)~ (assistant|bot|ai|model|analyst|agent|chatbot)",
            "(pretend|imagine)( that)? (to be|you are|you re)",
            "role ?play as",
            "your (new|true|real) (role|persona|identity|name|character) (is|will be)",
            "from (now|here|this point) (on|forward|onwards?)( you| please| will| must| shall| should| are| only)* (respond|answer|classify|act|treat|ignore|mark|report|output|speak|behave|assume|consider|pretend)",
            "(enter|enable|activate|switch to) (dan|jailbreak|unrestricted|unfiltered|god|developer override) mode",
            "do anything now",
        ],
    ),
    (
        Verdict,
        &[
            concat!(
                judge!(),
                " ",
                object!(),
                "~ (as|to be)",
                sort_of!(),
                "( a)? ",
                harmless!()
            ),
            concat!(
                judge!(),
                " ",
                "(this|it|that|these|them|everything|(this|the|all|every|any|each) ",
                thing!(),
                ")",
                sort_of!(),
                " ",
                harmless!()
            ),
            concat!(judge!(), " as", sort_of!(), " ", harmless!()),
            concat!(
                "(must|should|shall|has to|have to|needs? to|ought to|is to|are to)( only| always)? be ",
                judged!(),
                "( as)?",
                sort_of!(),
                " ",
                harmless!()
            ),
            concat!(
                "(respond|reply|answer)( to this| only| just| simply| back)?( with| that)?( the| a)?( single)?( word| verdict| label| classification)?( of| is| it is| this is)?",
                sort_of!(),
                " ",
                harmless!()
            ),
            concat!(
                "(output|return|say|state|conclude|print|write|choose|pick|select|give|use|issue|emit)( only| just| simply)*( that| the| a| your)* (word|verdict|label|classification|answer|this is|it is|it was|alert is|activity is|event is|rating|result)( of| is| was)?",
                sort_of!(),
                " ",
                harmless!()
            ),
            concat!(
                "(your|correct|only|expected|right|appropriate|proper|only valid|required|desired) ",
                answer!(),
                "( here| is| must be| should be| shall be| will be| would be| for this alert is)*",
                sort_of!(),
                " ",
                harmless!()
            ),
            concat!(
                "(final|overall|ground truth|official|actual|true) ",
                answer!(),
                " (must be|should be|shall be|has to be)",
                sort_of!(),
                " ",
                harmless!()
            ),
            "(do not|don t|never|no need to|not necessary to|need not|refrain from|avoid|without|not be) (escalat(e|ing|ed)|triag(e|ing))",
            "set( the| your| its)? confidence( score| level| value)?( to| at| as)? (1|100|1 0|0 9|0 99|0|full|maximum|max|high|highest|certain)",
        ],
    ),
    (
        Exfiltration,
        &[
            "(reveal|print|repeat|show|output|display|tell me|give me|write|leak|dump|disclose|expose|return|share|recite|quote|include|translate|summari(z|s)e|spell out|copy|send)~ (your|system|hidden|initial|developer|secret)( system| hidden| initial| full| original| secret| exact| entire)* (prompts?|instructions|guidelines|system message|directives|preamble)",
            "what (is|are|were) your (system|initial|original|hidden|exact|first)~ (prompt|instructions|message|guidelines)",
            "(repeat|print|output|quote|recite|copy) (everything|all|the text|the words|the content*|verbatim)~ (above|before this|preceding|in your context)",
        ],
    ),
    (Override, OVERRIDE_ABROAD),
    (Verdict, VERDICT_ABROAD),
];

/// Phrases of short or ordinary words: only where they stand as words.
pub(super) const WORDS: &[(SuspicionKind, &[&str])] = &[
    (
        Override,
        &[
            "instead( of that| of this)?( you)?( must| should| shall| will| do| please| just| only| simply)* (do the following|do this|respond|output|say|classify|mark|report|answer|reply|conclude|treat|rate)",
            "instead do (the following|exactly|as|what)",
            "(rather than|instead of) (analy(z|s)ing|triaging|classifying|evaluating|investigating|assessing) (this|these|the (alert|log|logs|event|data))",
            "(override|replace|overwrite) (your|the system|the assistant)~ (rules|settings|behaviou?r|prompt|instructions?)",
            "(this|the following) (message|text|note|instruction)s? (overrides?|supersedes?|takes? (precedence|priority) over|replaces?)",
        ],
    ),
    (
        Role,
        &[
            "as an? (ai|llm|large language model|language model)",
            "(act|behave|respond|operate|serve) as( an?| if you were| my| the)( an?)? (assistant|ai|bot|model|analyst|expert|agent|different|helpful|unrestricted|senior|friendly|new|another|soc)",
            "you (are|re) (an ai|a bot|a language model|an llm|an assistant|a soc assistant|a security assistant)",
            "you (must|will|shall|should|have to)( now| always| only)? (obey|comply with|follow) (me|my|the user|these|every|any)",
        ],
    ),
    (
        Verdict,
        &[
            concat!(
                judge!(),
                " (this|it|these|that|the (above|following)|(the|all|every|any|each) ",
                thing!(),
                ")~ (as|to be)",
                sort_of!(),
                " ",
                small!()
            ),
            concat!(
                judge!(),
                " (this|the|all|every|any|each) ",
                thing!(),
                sort_of!(),
                " ",
                small!()
            ),
            concat!(
                "(must|should|shall|has to|have to|needs? to|ought to)( only| always)? be ",
                judged!(),
                " as",
                sort_of!(),
                " ",
                small!()
            ),
            concat!(
                "(respond|reply|answer) (only |just |simply )?with( a| the)?( single)?( word| verdict| label| classification)?( of)? ",
                small!()
            ),
            concat!(
                "(set|change|lower|downgrade|reduce|adjust|assign|force|drop|keep|make|put|override)( the| its| your| this| overall| final| alert)* ",
                answer!(),
                "( level| score| rating| field| value| of this alert| of this event)*( down)? (to|as|at|be|is|equals?) (low|lowest|informational|info|benign|none|0|1|10|100|minimum|minimal|zero|harmless|0 0|1 0|0 9|0 99|false positive)"
            ),
            "(severity|risk|verdict|priority|classification|disposition) (must|should|shall|has to|needs to|ought to) (be|stay|remain)~ (low|lowest|informational|benign|none|harmless|minimal)",
            concat!(
                "(your|correct|expected|right|appropriate|proper) ",
                answer!(),
                " (is|must be|should be|shall be|will be) ",
                small!()
            ),
            "(lower|downgrade|reduce) (this|the|its) (alert|incident|finding|severity|risk|priority|event)( (level|rating|score|severity))? (to|from)",
            "(do not|don t|never|no need to|not necessary to|need not|refrain from|avoid)( further)? (investigat(e|ing)|flag(ging)?|report(ing)?|rais(e|ing)|alert(ing)?|notify(ing)?|pag(e|ing))( on| about)?( to| this| the| it| any| an)* (soc|analysts?|anyone|anybody|security team|incident|alert|further|humans?|tier)",
            "(do not|don t|never|omit|exclude|leave out|avoid)( to| any)?( mention*| includ*| list| name| reference| referenc*| output)?( of| the| this| any| these| me)* (techniques?|mitre|att ck|attack techniques|indicators|iocs|in your (answer|summary|report|analysis|reasoning|output|response|verdict|assessment))",
            "(return|use|give|leave|output|provide|list|report) (an? |the )?(empty|no|zero)( list of| array of| set of)?( matched| attack| mitre)* (techniques|techniques?|matched techniques)",
            "(close|dismiss|suppress|archive|drop|discard) (this|the|all|these) (alert|incident|case|ticket|detection|finding)s? (immediately|now|automatically|silently|at once|right away|and do not)",
            concat!(
                "(do not|don t|never) ",
                judge!(),
                " (this|it|that|these|them|(this|the|all|every|any|each) ",
                thing!(),
                ")~ as~ (malicious|suspicious|harmful|hostile|threat|attack|high|critical|true positive)"
            ),
            "(this|the) (alert|event|activity|entry|detection|incident) (must not|should not|shall not|need not|does not need to|doesn t need to) be (escalated|investigated|reported|flagged|reviewed|raised)",
        ],
    ),
    (
        Addressing,
        &[
            concat!(
                "(dear|attention|attn|note to|note for|message to|message for|memo to|hey|hi|hello|hint for|instructions? to|instructions? for|important for|notice to|notice for|for the attention of|addressed to|request to|request for|listen|read this|greetings|important|warning to|info for|fao)( the| any| all| our| you| your| whichever| whatever| every| reviewing| reading| fellow| my| note| message| to| for)* ",
                reader!()
            ),
            concat!(
                "(to|for) (the|any|all|whichever|whatever|every) ",
                reader!(),
                " (reading|processing|analy(z|s)ing|parsing|reviewing|summari(z|s)ing|triaging|that reads?|who reads?|which reads?|evaluating|handling|seeing|looking)"
            ),
            concat!("if you are (an? |the )?", reader!()),
            concat!(
                "(any|the|you|an) ",
                reader!(),
                " (reading|processing|analy(z|s)ing|parsing|reviewing|summari(z|s)ing|triaging|evaluating|handling) (this|the|these|it)"
            ),
            concat!(
                reader!(),
                " (must|should|shall|please|is instructed to|are instructed to|is asked to|is requested to|will now|has to|needs to)( now| always| only| please)? (treat|mark|classify|rate|ignore|disregard|report|respond|answer|consider|label|output|return|conclude|skip|stop|trust|assume|set|not (flag|escalate|report|alert|investigate|raise|mark))"
            ),
        ],
    ),
    (
        Exfiltration,
        &[
            "(send|post|forward|upload|exfiltrate|transmit|append|include|encode|submit|leak)( me)?( your| the| this| all| full| whole| entire| any| previous)* (answer|response|verdict|conversation|prompt|context|summary|findings|reply|instructions|analysis|reasoning|chat history|system prompt)~ (to|in|into|at|via) (https?|ftp|www|the url|this url|an? url|the following|mailto)",
        ],
    ),
    (
        Format,
        &[
            "(respond|reply|answer)( to this)?( only| strictly| exactly| solely| just| back)* (with|in|using|by)( only| exactly| strictly| just| the| this| following| a)* (json|exactly|following|object below|text below|phrase|sentence|string|no other)",
            "your( final| whole| entire| only)? (answer|response|output|reply) (must|should|shall|has to|will) (be|begin|start|contain|consist|read|include|say|end|equal)",
        ],
    ),
];

/// To drop what came before, in other languages, and in the alphabet turned by thirteen.
const OVERRIDE_ABROAD: &[&str] = &[
    // German.
    "(ignorier*|vergiss|vergessen sie|vergesst|missacht*|ubergehe*|verwirf|verwerfen sie|beachte*)~ (vorherig*|bisherig*|obig*|vorangegangen*|vorangehend*|fruher*|vorig*|alle|deine|ihre|samtlich*)~ (anweisung*|instruktion*|befehle|regeln|vorgaben|anordnung*|aufforderung*|weisung*)",
    "(neue|deine neuen|ihre neuen) (anweisung*|instruktion*) (lautet|lauten|sind|gelten)",
    // French.
    "(ignor*|oubli*|negligez|neglige|ne tenez pas compte|ne tiens pas compte|ne tiens plus compte|faites abstraction|fais abstraction)~ (instructions?|consignes?|directives?|ordres|regles)~ (precedent*|anterieur*|ci dessus|initial*|recu*|donne*)",
    "(ignor*|oubli*)~ (tes|vos|toutes les|toutes) (instructions|consignes|directives|regles)",
    // Spanish.
    "(ignor*|olvid*|descart*|haz caso omiso|haga caso omiso|no hagas caso|no tengas en cuenta|omit*)~ (instrucc*|indicac*|ordenes|directrices|reglas)~ (anterior*|previ*|de arriba|precedent*|recibid*|inicial*)",
    "(ignor*|olvid*)~ (tus|sus|todas las|las anteriores|las previas)( anteriores)? (instrucc*|indicac*|ordenes|directrices)",
    // Italian.
    "(ignor*|dimentic*|trascur*|non considerare|non tenere conto|scart*)~ (istruzion*|indicazion*|direttiv*|ordini|regole)~ (precedent*|anterior*|sopra|iniziali|ricevut*)",
    "(ignor*|dimentic*)~ (tue|precedenti|tutte le) (istruzion*|indicazion*|direttive)",
    // Portuguese.
    "(ignor*|esquec*|desconsider*|descart*|nao siga)~ (instruco*|orientaco*|ordens|diretrizes|regras)~ (anterior*|previ*|acima|precedent*|recebid*|inicia*)",
    // Polish.
    "(zignoruj*|ignoruj*|zapomnij*|pomin*|nie zwracaj uwagi)~ (poprzedni*|wczesniejsz*|powyzsz*|wszystkie|swoje|dotychczasow*)~ (instrukcj*|polece*|wytyczn*|zasad*|wskazow*)",
    // Turkish.
    "(onceki|yukaridaki|tum|butun|daha onceki)~ (talimat*|komut*|yonerge*|kural*|emir*)~ (yok say*|gormezden gel*|unut*|dikkate alma*|goz ardi et*)",
    // Russian and Ukrainian.
    "(игнорир*|проигнорир*|забудь*|забудьте|отбрось*|не обращай*|не учитывай*)~ (предыдущ*|прежни*|все|вышеуказан*|вышеизложен*|прошлы*|свои|выше)~ (инструкц*|указани*|команд*|правил*|распоряжени*|предписани*)",
    "(ігнору*|проігнору*|забудь*|відкинь*|не зважай*|не враховуй*)~ (попередн*|всі|усі|вищезазначен*|минул*|свої|вище)~ (інструкц*|вказівк*|команд*|правил*|розпорядж*)",
    // Chinese, Japanese, Korean.
    "(忽略|无视|無視|忘记|忘記|忽視|不要理会|不要理會|抛开|请忽略)(掉|你|您|所有|之前|以上|先前|前面|上述|此前|的|一切|全部|任何)*(指令|指示|说明|說明|提示|命令|规则|規則|要求|内容)",
    "(これまで|以前|上記|前|今まで|先|すべて|全て)(で|の|に|与えられた|受けた|まで|すべて|全て)*(指示|命令|指令|プロンプト|ルール|説明)(を|は)?(すべて|全て|全部)?(無視|忘れ|破棄|従わ)",
    "(이전|앞선|위|기존|모든|지금까지)(의|에|모든|받은)*(지시|명령|지침|프롬프트|규칙|안내)(사항)?(들)?(을|를|은|는)?(모두|전부)?(무시|잊|따르지)",
    // Arabic.
    "(تجاهل|تجاهلي|تجاهلوا|انس|انسى|اهمل|لا تتبع)~ (التعليمات|الاوامر|الارشادات|التوجيهات|القواعد|تعليماتك)",
    // Turned by thirteen: ignore, disregard or forget what stood before.
    "(vtaber|qvfertneq|sbetrg)~ (cerivbhf|cevbe|nobir|rneyvre|nyy)~ (vafgehpgvba*|cebzcg*|ehyrf)",
];

/// To call it harmless or to leave it alone, in other languages.
const VERDICT_ABROAD: &[&str] = &[
    // German.
    "(klassifizier*|stuf*|bewert*|markier*|behandel*|behandle|meld*|betracht*|kennzeichn*|einstuf*|werte*|schliess*|schlies*)~ als~ (harmlos*|gutartig*|unbedenklich*|fehlalarm*|falsch positiv*|niedrig*|ungefahrlich*|benign|unkritisch*|informativ*)",
    "(nicht|niemals|kein*) (eskalier*|eskalation*)",
    // French.
    "(class*|marqu*|trait*|signal*|consider*|qualifi*|not*|etiquet*)~ comme~ (benign*|benin*|inoffens*|faux positif*|sans danger|sans gravite|legitime*|faible|non malveillant*|anodin*)",
    "(ne pas( l| les)? escalad*|n escalad* pas)",
    // Spanish.
    "(clasif*|marca*|marqu*|trat*|report*|consider*|etiquet*|calif*|inform*|cierr*)~ como~ (benign*|inofensiv*|falso positivo|inocu*|no malicios*|bajo|baja|informativ*|legitim*)",
    "no (escalar|escales|(lo|la|los) escal(e|es)|se debe escalar|debe escalarse)",
    // Italian.
    "(classific*|contrassegn*|tratt*|segnal*|consider*|etichett*|valut*|marc*|chiud*)~ come~ (benign*|innocu*|falso positivo|non malevol*|non dannos*|bass*|informativ*|legittim*)",
    // Portuguese.
    "(classifi*|marqu*|marc*|trat*|report*|consider*|rotul*|relat*|encerr*)~ como~ (benign*|inofensiv*|falso positivo|inocu*|nao malicios*|baix*|informativ*|legitim*)",
    "(nao|nunca) (escal(e|ar|one|onar)|encaminhe)",
    // Polish.
    "(oznacz*|sklasyfikuj*|zaklasyfikuj*|traktuj*|potraktuj*|uznaj*|ocen*|zglos*|zamknij*)~ (jako|za)~ (nieszkodliw*|lagodn*|falszyw*|niegrozn*|niski*|bezpieczn*|benign)",
    "nie eskaluj*",
    // Turkish.
    "(zararsiz|iyi huylu|yanlis pozitif|yanlis alarm|dusuk|tehlikesiz|guvenli|benign)~ olarak~ (isaretle*|siniflandir*|degerlendir*|bildir*|raporla*|kabul et*|etiketle*)",
    // Russian and Ukrainian.
    "(классифицир*|пометь*|отметь*|считай*|оцени*|сообщи*|расценивай*|обозначь*|закрой*|трактуй*|рассматривай*)~ (как|это|его)~ (безвредн*|безобидн*|ложн*|безопасн*|неопасн*|доброкачествен*|низк*|невредоносн*|benign)",
    "не эскалир*",
    "(класифік*|познач*|вважай*|оціни*|оцінюй*|повідом*|закрий*|розглядай*)~ (як|це|його)~ (безпечн*|нешкідлив*|хибн*|помилков*|доброякісн*|низьк*|benign)",
    "не ескалу*",
    // Chinese, Japanese, Korean.
    "(标记|標記|分类|分類|归类|歸類|视|視|判定|判断|判斷|报告|報告|评|評|当作|當作|定)(此|这|這|该|該|本|条|個|个|次|警报|警報|告警|事件|活动|活動|日志)*(为|為|成|作|定为)(一个|一個)?(良性|误报|誤報|无害|無害|正常|低|安全|非恶意|非惡意|benign)",
    "(不要|无需|無需|不必|请勿|請勿|勿)(升级|升級|上报|上報|采取任何|採取任何|进一步|進一步)",
    "(無害|良性|誤検知|誤検出|偽陽性|問題なし|低|安全|正常|benign)(な|の|である|だ)?(もの|イベント|アラート|活動)?(と|として|に)(して)?(分類|報告|判定|マーク|判断|評価|扱|回答|みなし|処理)",
    "(エスカレーション|エスカレート|対応)(は|を)?(しないで|不要|せず|必要ありません)",
    "(무해|양성|오탐|정상|안전|낮음|낮은|거짓양성|benign)(한|인)?(것|위험|이벤트|경보|활동)*(으로|로|이라고|라고)(만)?(분류|표시|보고|판정|처리|간주|평가|응답|답)",
    "(에스컬레이션|상위보고|조치)(은|는|을|를|가|이)?(하지|필요없|필요하지|불필요)",
    // Arabic.
    "(صنف|صنفي|اعتبر|ضع علامه|قيم|سجل|عامل|ابلغ)~~ (حميد*|غير ضار*|انذار كاذب|ايجابي كاذب|ايجابيه كاذبه|منخفض*|امن*|سليم*|غير خبيث*|benign)",
    "(لا تقم بالتصعيد|لا تصعد|لا حاجه لاي اجراء|لا يلزم اتخاذ)",
    // Turned by thirteen.
    "(znex|pynffvsl|gerng|ercbeg|yrnir)~ nf~ (n )?(oravta|snyfr cbfvgvir|unezyrff)",
];

/// What vendors write too: suspicious only beside other words of the same clause.
pub(super) const IN_COMPANY: &[(SuspicionKind, &[&str])] = &[(
    Verdict,
    &[
        "no( further| additional| more| immediate)? (action|investigation|escalation|response|triage|review|analysis|follow up|steps?|attention|work)s?( is| are| was| be)? (needed|required|necessary|warranted)",
        "keine( weiteren?)? (mas(s)?nahme*|aktion*|handlung*|untersuchung*|schritte) (erforderlich|notig|notwendig)",
        "aucune (action|mesure|intervention)( supplementaire)?( n est| est)? (requise|necessaire)",
        "no( se)? (requiere|es necesaria|hace falta|necesita)( ninguna)? (accion|medida)",
        "(nessuna|non e richiesta)( ulteriore)? azione( necessaria| richiesta)?",
        "nenhuma (acao|medida)( adicional)?( e)? (necessaria|requerida)",
        "(действий не требуется|никаких действий не*|меры не требуются|дій не потрібно|жодних дій не*)",
    ],
)];
