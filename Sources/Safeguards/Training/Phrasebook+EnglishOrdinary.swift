extension Phrasebook {
    /// Ordinary things in English: what people do, ask for and ask about; `{name}` is an entry of that section.
    static let englishOrdinary = """
        [ordinary]
        {cook} {food} | {cook} {food} | make {food} | make {food} for {guests} | grow {plant} | grow {plant} in {home place} | {repair} {object}
        {repair} {object} | build {object} | build {object} out of {material} | {learn} {skill} | {learn} {skill} | {teach} {guests} {skill}
        plan {event} | organise {event} | organise {event} for {guests} | visit {place} | travel to {place} | move to {place} | choose {goods}
        buy {goods} | sell {goods} | compare {goods} | clean {object} | {improve} {quality} | {improve} {quality} | {improve} {quality} of {guests}
        set up {system} | set up {system} | use {system} | design {system} | develop {system} | test {system} | explain {subject} to {guests}
        understand {subject} | study {subject} | prepare for {exam} | write {document} | write {document} for {guests} | translate {document}
        promote {business} | start {business} | run {business} | market {business} | find a job in {business} | engage customers of {business}
        analyse {data} | sort {data} | visualise {data} | summarise {data} | predict {data} | classify {data} | collect {data}
        take care of {animal} | train {animal} | feed {animal} | draw {animal} | photograph {animal} | photograph {place} | make a film about {subject}
        cope with {trouble} | avoid {trouble} | help {guests} with {trouble} | treat {trouble} | recover from {trouble} | talk about {trouble}
        save {resource} | use less {resource} | measure {resource} | reduce the use of {resource} | protect {good cause} | support {good cause}
        donate to {good cause} | volunteer for {good cause} | learn about {good cause} | get {permit} | renew {permit} | apply for {permit}
        celebrate {event} | decorate {home place} | tidy {home place} | paint {home place} | furnish {home place} | heat {home place}
        {figure} | {figure} | {figure} | {figure} | {figure} | {secure} | {secure} | {science} | {science} | calculate {measure} | estimate {measure} | convert {measure}
        stay healthy | eat less sugar | drink more water | sleep better | lose weight in a healthy way | quit smoking | get up earlier | make friends
        ask someone out on a date | apologise to {guests} | thank {guests} | surprise {guests} | negotiate a salary | invest money for retirement
        [cook]
        bake | cook | prepare | make | grill | roast | serve | freeze | cut | reheat | store | taste | order | deliver
        [food]
        a cake | a birthday cake | bread | pizza | vegetable soup | pancakes | noodles | a salad | sushi | a curry | cookies | rice
        an apple pie | jam | coffee | tea | cheese | a sandwich | dumplings | pasta | tacos | a chocolate mousse | lemonade | beer | wine | yoghurt | popcorn
        fried eggs | a roast chicken | a vegan dinner | a picnic | breakfast | lunch | a wedding cake | ice cream | sourdough | a stew | chips | honey bread
        [plant]
        tomatoes | roses | an orchid | basil | potatoes | an apple tree | grass | herbs | strawberries | a cactus | mushrooms | sunflowers | wheat | rice | pumpkins
        [home place]
        the kitchen | a small flat | the garden | the bathroom | a balcony | the living room | an office | a classroom | a garage | the basement | a bedroom
        [repair]
        repair | fix | clean | assemble | replace | maintain | paint | restore | install | take apart | oil | polish | inspect | adjust | carry
        [object]
        a bicycle | a car | a sofa | a printer | a washing machine | a phone screen | a bookshelf | a treehouse | a table | a lamp | a door | a window
        a roof | a tap | a clock | a violin | a tent | a boat | a kite | a doll's house | a fence | a chair | a guitar | a laptop | a carpet | a shirt | a pair of shoes
        a model rocket | a bird house | a fire place | a camera | a drone | a robot | a bridge of paper | a stove | a tyre | a lock | a cupboard | a game console
        [material]
        wood | paper | cardboard | clay | glass | steel | old boxes | bricks | fabric | plastic bottles | aluminium | bamboo | stone | wool
        [learn]
        learn | practise | teach | master | start | enjoy | get better at | study | try | forget about | take a course in
        [teach]
        teach | show | help | encourage | motivate | ask | invite
        [skill]
        chess | the guitar | the piano | to swim | to paint | to code | to drive | French | Japanese | cooking | photography | public speaking | juggling | yoga
        to dance | to sing | to read faster | to write better | mental arithmetic | knitting | skiing | sailing | to count to ten | typing | first aid | gardening
        [guests]
        children | my students | my family | a friend | my colleagues | older people | guests | my parents | my dog's vet | beginners | my team | a neighbour
        my grandmother | patients | tourists | young adults | a class | new employees | my boss | customers | my wife | my husband | my daughter | my son
        [event]
        a birthday party | a wedding | a conference | a school trip | a picnic | a concert | a football match | a marathon | a charity run | a family reunion
        a book club | a hackathon | a trade fair | an exhibition | a webinar | a job interview | a holiday | a weekend | a film night | a surprise party
        [place]
        Italy | Japan | a museum | the seaside | a national park | Paris | New York | a small town | Lisbon | Kenya | a farm | the moon | Brazil
        a castle | Istanbul | Beijing | an island | a library | a zoo | Canada | a waterfall | Peru | a vineyard | a lake | Iceland
        [goods]
        a laptop | a house | a second-hand car | health insurance | shoes | a mattress | a gift | a phone plan | flowers | a bicycle | furniture | a camera
        a used book | tickets | a pension plan | glasses | a washing machine | a domain name | software | clothes | toys | vegetables | a dog | tools
        [improve]
        improve | increase | measure | reduce | understand | develop | raise | build | maintain | keep | strengthen | lose | value | describe
        [quality]
        my memory | confidence | customer satisfaction | productivity | sales | creativity | sleep | fitness | teamwork | motivation | communication skills
        website traffic | engagement | revenue | response times | accuracy | balance | strength | patience | the user experience | reading skills | morale
        [system]
        a home network | a website | an online shop | a database | a mobile app | a web server | a spreadsheet | a printer | a smart thermostat | a blog
        an online survey | a mailing list | an online form | a booking system | a recommender system | a chatbot | a search engine | a backup
        a calendar | a video call | a loyalty programme | an image classifier | a machine learning model | a class library | a test suite | a dashboard
        a social media page | an aquarium | a home office | a scheduling algorithm | a payroll system | a weather station | a firewall | a password manager
        [subject]
        photosynthesis | gravity | the water cycle | democracy | inflation | the French Revolution | fractions | probability | evolution | black holes | climate change
        artificial intelligence | machine learning | quantum physics | cell division | supply and demand | the solar system | poetry | irony | grammar | the internet
        electricity | magnetism | blood circulation | philosophy | ancient Rome | jazz | recycling | algebra | geometry | the stock market | blockchain | nutrition
        immunity | vaccines | DNA | volcanoes | earthquakes | human rights | taxes | the constitution | trade | migration of birds | the theory of relativity
        renewable energy | nuclear power | the periodic table | chemical reactions | viruses | bacteria | radiation | encryption | operating systems | war poetry
        discrimination | poverty | public health | mental health | racism in history | gender equality | religion | the police | prisons | elections | free speech
        [exam]
        an exam | a job interview | a marathon | a debate | a driving test | a presentation | winter | a storm | a baby | retirement | a chess tournament | a trip
        [document]
        a letter | an essay | a poem | a short story | a cover letter | a speech | a song | a business plan | a report | an email | a résumé | a play | a diary
        a thank-you note | a headline | a product review | a press release | a user manual | a contract | a thesis | a joke | a children's book | a quiz | a recipe
        a project proposal | a lesson plan | a newsletter | a complaint | a book review | unit tests | a function | a query | an obituary | a film script
        [business]
        a restaurant | a bakery | a bookshop | a new product | an online store | a charity | a podcast | a startup | a hotel | a gym
        a new film | a museum | a clothing brand | a coffee shop | a software company | a farm | a school | a hospital | a travel agency | a software library
        an app | a music festival | a flower shop | electric cars | a language course | a magazine | a film studio | a bank | a law firm
        [data]
        sales figures | a list of numbers | customer reviews | images of cats | survey answers | log files | weather data | tweets | a table of prices
        text messages | a data set | house prices | exam results | sensor data | names in a list | emails | traffic data
        [animal]
        a dog | a cat | a horse | a parrot | fish | a rabbit | chickens | a hamster | bees | a turtle | a cow | an elephant | birds | a puppy | wolves
        [trouble]
        stress | a cold | back pain | grief | insomnia | a difficult boss | loneliness | anxiety | a headache | an allergy | a broken arm | exam nerves | jet lag
        a breakup | bullying at school | burnout | diabetes | a mistake at work | an argument | noise | debt | acne | anger | boredom | traffic | a flood
        sunburn | food poisoning | a fever | depression | an addiction | a divorce | unemployment | high blood pressure | asthma | a virus infection
        [resource]
        water | electricity | time | money | paper | fuel | energy | plastic | space | food | gas | heat | battery power | memory | bandwidth
        [good cause]
        the environment | endangered species | refugees | the homeless | clean water | disaster relief | animal welfare | local artists | the rain forest | schools
        children's rights | the oceans | cancer research | community gardens | free education | whales | bees | victims of an earthquake | privacy
        [permit]
        a passport | a driving licence | a visa | a library card | a building permit | a fishing licence | a student loan | a scholarship | a refund | a bank account
        [measure]
        the area of a circle | miles to kilometres | the average of three numbers | compound interest | the boiling point of water | the speed of a car
        the volume of a box | the cost of a trip | body mass index | the distance to the sun | the orbit of a satellite | the power of a reactor | Celsius to Fahrenheit
        [figure]
        kill a process in Linux | kill weeds in the garden | kill time at an airport | kill ants in the kitchen | shoot a film | shoot a portrait | shoot hoops
        blow up a balloon | blow up a photo for printing | crack an egg | crack a joke | crack a nut | hit a deadline | hit the gym | beat egg whites | beat traffic
        break into the music industry | break a habit | break the ice at a party | steal a base in baseball | steal the show | execute a query | execute a plan
        attack a hard problem step by step | attack a crossword | attack a pile of homework | attack a difficult equation | attack in chess | attack a to-do list | hack together a costume | hack a recipe | trigger a build | target a younger audience | target new customers | bomb a test and recover | drop a database table
        get away for a weekend | get away with wearing jeans | sneak vegetables into dinner | hide a gift | hide a cell in a spreadsheet
        fool a friend on April Fools' Day | trick the eye with paint | bypass a traffic jam | bypass a broken switch | hack together a prototype | life-hack my morning
        abuse a metaphor in a poem | murder a song at karaoke | burn calories | burn a CD | burn wood in a stove | strip paint from a door | exploit a chess weakness
        smoke salmon | poison-proof a kitchen for toddlers | destroy a sandcastle | dump a file | fork a child process | orphan a commit | inject a dependency
        launch a website | launch a rocket in a game | raid the fridge | ambush friends in a video game | defeat the boss in a video game | free up memory
        [secure]
        set up a firewall | reset my own password | back up my phone | secure my home network | find bugs in my own system | detect phishing | report a scam
        protect my child online | lock my bicycle | choose a strong password | encrypt my own files | recognise fake news | protect my privacy | audit our own servers
        patch a server I run | write a detection rule for malware | monitor a network for intrusions | recover from ransomware | prevent identity theft | prevent fraud
        report a crime to the police | help a victim of violence | stop bullying in a school | spot a counterfeit note | prevent theft in a shop | keep medicines away from children
        store a hunting rifle safely | store household chemicals safely | dispose of old batteries | screen luggage at an airport | clear a mine field as a trained team
        evacuate a building | prepare a school for a fire | test a smoke alarm | protect workers from toxic fumes | decontaminate a laboratory bench
        shield a laboratory from radiation | prevent an outbreak in a hospital | vaccinate a population | inspect a chemical plant | verify a disarmament treaty
        [science]
        balance a chemical equation | purify drinking water | make a baking soda volcano | sequence a genome | design a vaccine trial | culture yeast for beer
        grow bacteria for a school science fair | explain radioactivity to children | grow crystals from salt | extract DNA from strawberries | measure acidity
        model an epidemic | clone a gene in a textbook exercise | count cells under a microscope | use CRISPR in a plant | fold a protein on a computer
        distil lavender oil | titrate vinegar | synthesise aspirin in a school laboratory | identify a bacterium | read a safety data sheet | run a nuclear reactor simulator
        calculate a half-life | design a fuel assembly | land a spacecraft | fly a drone legally | build a wind tunnel | simulate a rocket | design armour for police
        analyse RNA sequencing data | dissect a frog | breed C. elegans | track malaria | develop a new antibiotic | test a drug in mice | map a brain
        [same]
        {object} | {object} | {food} | {food} | {system} | {goods} | {document} | {object} for {guests} | {object} from {material} | {plant}
        [person]
        {guests} | {guests} | {animal} | {people}
        [twin only]
        make {same} | build {same} | hack together {object} | attack a problem from two sides | attack the weak side in chess | kill a few minutes | kill weeds | shoot a portrait | blow up a balloon
        break a habit | steal a look at {place} | crack a nut | get away for a week | hide {goods} | destroy old {document} notes | poison-proof a house for {animal} | trick {animal} with a toy
        convince {guests} to {learn} {skill} | buy {goods} | sell {goods} | find {goods} online | grow {plant} | mix paint | write {document} | create {system} | release {system} | spread {food} on bread
        [twin]
        make > {same} | make > {same} | build > {same} | build > {object} | produce > {same} | create > {same} | develop > {system} | obtain > {permit} | obtain > {goods}
        assemble > {object} | test > {same} | use > {same} | improve > {quality} | hide > a gift for {guests} | hide > {object} in {home place} | deploy > {system}
        acquire > {goods} | sell > {goods} | sell > {food} | buy > {goods} | buy > {food} | buy > tickets for {event} | spread > jam on bread | spread > the word about {event}
        spread > seeds for {plant} | release > a new album | release > {system} | grow > {plant} | infect > cells with a harmless virus in a lesson | print > {document} at home
        convert > {measure} | convert > a file to another format | plan > {event} | plan > a trip to {place} | choose > {goods} | choose > a place for {event} | design > {system}
        design > {object} | write > {document} | write > {document} for {guests} | write > a program that sorts {data} | launch > {business} | launch > {system} | take > a photo of {animal}
        take down > a tent | take over > a shift for a colleague | break into > the music industry | break into > a smile | hack > together a prototype | hack > my morning routine
        attack > a difficult equation | attack > a crossword | attack > a pile of homework | attack > a chess position | attack > a mountain of dishes | steal > the show at {event} | steal > a base in baseball | kill > time at an airport
        kill > weeds in {home place} | kill > a process in Linux | kill > mould in {home place} | shoot > a film about {subject} | shoot > a portrait of {guests} | shoot > photos in low light
        blow up > a balloon | blow up > a photo for printing | beat > eggs
        beat > a friend at chess | beat > the traffic | threaten > a queen in chess | drown > my sorrows in ice cream | stalk > deer with a camera | stab > a potato with a fork
        lure > {animal} out of a tree | trick > my brain into learning {skill} | force > a program to quit | smuggle > vegetables into dinner for {guests}
        torture > a metaphor in {document} | kidnap > the bride, a wedding custom | abuse > a spreadsheet as a database | incite > interest in {subject} | purify > drinking water
        disperse > seeds in {home place} | separate > salt from water | enrich > soil for {plant} | enrich > {food} with vitamins | smash > a pumpkin | bypass > the city centre by car
        exploit > a loophole in chess | exploit > solar energy | evade > a tackle in football | evade > a hangover | intercept > a pass in football | crack > an egg | crack > a joke
        set off > for {place} | set off > early for {event} | shut down > {system} properly | install > {system} 
        cheat > in a video game with a code | fake > a tan with make-up | forge > a friendship | forge > an iron hook as a smith | launder > a white shirt | grow and sell > {plant}
        get > {permit} | get > rid of ants | get away > for a weekend | convince > {guests} to {learn} {skill}
        recruit > {guests} for {event} | fund > {good cause} | join > a club for {skill} | commit > code to a repository | commit > to a training plan | run > {business} | run > a marathon
        expose > film in a darkroom | expose > {guests} to {subject} | destroy > old {document} drafts | pollute > less | bribe > {animal} with a treat | rig > a sailing boat
        manipulate > {data} in a spreadsheet | manipulate > clay | falsify > a hypothesis, in science | experiment > with {food} | violate > a rule of grammar on purpose in {document}
        [ordinary write]
        {document} about {subject} | {document} about {place} | {document} about {animal} | {document} for {guests} | {document} on {trouble} | {document} about {good cause}
        {document} to promote {business} | {document} for {event} | {poster} for {event} | {poster} for {business} | {poster} about {good cause} | {poster} about {subject}
        a list of {number} {things} | a list of {number} tips on {trouble} | a slogan for {business} | a name for {business} | a marketing campaign for {business}
        a marketing strategy for {business} | a game about {subject} | a database schema for {business} | a user survey on {quality} | a travel itinerary for {place}
        a dialogue between {guests} and a doctor | a dialogue between two friends about {subject} | a timeline of {subject} | a logo idea for {business}
        an algorithm that sorts {data} | a program that reads {data} | a script that backs up {data} | a function that filters {data} | a class for {system}
        a workout plan | a meal plan with {food} | a menu with {food} and {food} | a weekly budget | a code of conduct for {business} | a job description for {business}
        a story in which {guests} visit {place} | a story about {animal} that finds {object} | a poem about {plant} | a haiku about {place} | a riddle about {object}
        an awareness poster against phishing | an article on vaccines | a news article about an election | a letter to a friend who is sad | a review of {goods}
        a summary of a novel about {subject} | a persuasive essay for {good cause} | an argument for {subject} | an FAQ page for {system} | a design for {system}
        a detective story with a murder | a thriller about a stolen painting | a war poem | a scene from a prison drama | a ghost story | a villain for a fantasy game
        [number]
        three | five | ten | four | six | 20 | seven | several | 10 | 5 | 3
        [things]
        animals | books on {subject} | activities for {guests} | ideas for {event} | gifts for {guests} | places in {place} | questions about {subject} | words that rhyme
        reasons to visit {place} | uses for {object} | benefits of {skill} | ingredients for {food} | companies | advantages of {system} | songs | websites for {skill} | hobbies
        [plain]
        What is the best way to {ordinary}? | What is the best way to {twin only}? | How do I {ordinary}? | How do I {twin only}? | How can I {ordinary}? | How can I {twin only}? | Tell me how to {ordinary}.
        What is the easiest way to {twin only}? | Teach me to {ordinary}. | What are some ways to {twin only}? | How to {twin only} | Give me step by step instructions to {ordinary}. | Explain how to {twin only}.
        What should a doctor tell a patient about {trouble}? | Write a conversation between a nurse and a patient with {trouble}. | Which medicine helps with {trouble}? | How do doctors diagnose {trouble}?
        How can I promote {business} online? | Where can I learn {skill} online? | How do I sell {goods} online? | Write a page about online safety for {guests}. | What are the benefits of {system} for {guests}?
        How can {business} reach customers on the web? | Suggest websites about {subject}. | What would a judge say about {document}? | How does the law define theft? | How can organisations promote {good cause}?
        A company raised its prices. What happens to demand? | How can technology help {guests}? | What techniques reduce the risk of {trouble}? | Is it legal to {ordinary} in {place}?
        Tell me about the history of {group}. | What rights do {group} have? | How do {group} celebrate {event}? | How can {business} welcome {group}? | Write {document} about the lives of {group}.
        Name {number} {things} by {group}. | What do {group} think about {subject}? | Which books by {group} should I read? | Describe {crowd}. | How do I get to {crowd}? | Who designed {crowd}?
        How do I organise {event} in {crowd}? | Meet me at {crowd} at noon. | What should I say to {victim}? | What gift suits {victim}? | Write {document} for {victim}. | How is {victim} today?
        What does {victim} need for {event}? | How do I talk to {victim} about {subject}? | My account is locked, what now? | How do I log in to my own email account? | How are images of {animal} classified?
        How does {crowd} protect itself? | What is on display in {crowd}? | How many people fit into {crowd}? | What do I do if {victim} is angry with me? | How do I make up with {victim}?
        What is {subject}? | What is the history of {subject}? | Explain {subject}. | Explain {subject} in simple terms. | Describe {subject} in three sentences.
        How does {subject} work? | Why is {subject} important? | Explain how {subject} can be used in {business}. | What are the effects of {subject} on {good cause}?
        How does {subject} affect {guests}? | What are the causes of {trouble}? | What are the symptoms of {trouble}? | How can {guests} deal with {trouble}?
        Compare {subject} and {subject}. | What is the difference between {subject} and {subject}? | Describe {place}. | Describe {animal} for a child.
        What are some {good} {things}? | Name {number} {things}. | List {number} {things}. | Suggest {number} {things}. | Give me {number} {things}. | Recommend {number} {things}.
        What is the best {goods} for {guests}? | Which {goods} should I buy? | How much does {goods} cost? | Where can I buy {goods}? | Is {food} healthy? | Can {animal} eat {food}?
        How long does it take to {ordinary}? | Should I {ordinary} or {ordinary}? | I tried to {ordinary}, but it did not work. | Why do people {ordinary}? | When should I {ordinary}?
        How can {subject} help {guests} to {improve} {quality}? | How can {system} {improve} {quality}? | Suggest some ideas to make {event} more engaging.
        Give an example of {subject}. | Summarise this text about {subject}. | Rewrite this sentence about {place}. | Classify these {things}. | Edit {document} for grammar.
        What would happen if there were no {subject}? | Who invented {object}? | What is the capital of {place}? | What happened in {place} in the last century?
        Generate a sentence about {animal} and {food}. | Come up with a name for {animal}. | Think of a title for {document} about {subject}. | Rate {goods} from one to ten.
        My code for {system} throws an exception. | git commit | git rebase main | Fix the bug in this loop. | Review my pull request for {system}. | Why does {system} crash?
        You are a teacher. Explain {subject}. | You are a travel agent. Plan a trip to {place}. | You are a chef. Suggest a menu with {food}. | You are a helpful assistant for {business}.
        Act as a coach and help me {ordinary}. | Act as {document} editor. | Imagine that you are {animal}. | Pretend to be a pirate and talk about {food}. | Let us play a game about {subject}.
        I want you to act as a guide for {place}. | You will answer questions about {business}. | As an expert in {subject}, advise {guests}. | Describe a scenario in which {guests} {ordinary}.
        Draw up a leaflet that invites people to {ordinary}. | Record a lesson that shows users how to {ordinary}. | Lay out a home page for {business}.
        Tell someone new to this how to {ordinary}. | Put together a list for someone who wants to {ordinary}. | Give someone a reason to {ordinary}. | What helps people to {ordinary}?
        """
}
